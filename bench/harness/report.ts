import { boundText, type Figure, keeps, type Measured, type Side, Skipped } from "./figure.ts";

export interface Result {
  figure: Figure;
  /** What was thrown instead of a measure. */
  failure?: unknown;
  /** What this machine lacks for it. */
  skipped?: string;
  measured?: Measured;
  ok: boolean;
}

/** Measures one figure; one that throws has failed, unless the machine lacks what it needs. */
export async function resultOf(figure: Figure): Promise<Result> {
  try {
    const measured = await figure.measure();
    return { figure, measured, ok: keeps(measured.value, figure.bound) };
  } catch (failure) {
    if (failure instanceof Skipped) return { figure, skipped: failure.message, ok: true };
    return { figure, failure, ok: false };
  }
}

/** One line of JSON, for machines. */
export function jsonLine({ figure, measured, failure, skipped, ok }: Result): string {
  const { value, unit, what, sides, details } = measured ?? {};
  return JSON.stringify({
    figure: figure.name,
    value: value === undefined ? null : round(value),
    unit,
    what,
    ...figure.bound,
    ok,
    ...(sides && roundSides(sides)),
    ...(details && {
      details: details.map((one) => ({
        what: one.what,
        value: round(one.value),
        ...(one.sides && roundSides(one.sides)),
      })),
    }),
    skipped,
    ...(failure !== undefined && { failure: String(failure) }),
  });
}

/** All figures as one table, for people. */
export function table(results: readonly Result[]): string {
  const rows = results.map(({ figure, measured, failure, skipped, ok }) => [
    figure.name,
    measured ? `${round(measured.value)}${measured.unit === "tokens" ? "" : ` ${measured.unit}`}` : "–",
    boundText(figure.bound),
    skipped !== undefined ? "skipped" : figure.bound ? (ok ? "ok" : "FAIL") : ok ? "" : "FAIL",
    measured?.sides
      ? `${sideText(measured.sides.subject)} / ${sideText(measured.sides.baseline)}`
      : (measured?.what ?? ""),
    skipped ?? (failure === undefined ? "" : String(failure)),
  ]);
  const all = [["figure", "value", "bound", "", "medians", ""], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const round = (value: number) => Number(value.toPrecision(value >= 1000 ? 5 : 3));
const roundSides = ({ subject, baseline }: NonNullable<Measured["sides"]>) => ({
  subject: roundSide(subject),
  baseline: roundSide(baseline),
});
const roundSide = (side: Side) => ({ ...side, median: round(side.median) });
const sideText = ({ median, unit }: Side) => `${round(median)} ${unit}`;
