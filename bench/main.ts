import { FIGURES } from "./figures.ts";
import { jsonLine, type Result, resultOf, table } from "./harness/report.ts";

// npm run bench [-- words]: all figures, or those whose names hold one of the words.
const words = process.argv.slice(2);
const chosen = FIGURES.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));

const results: Result[] = [];
for (const figure of chosen) {
  const result = await resultOf(figure);
  results.push(result);
  console.log(jsonLine(result));
}
console.log(`\n${table(results)}`);
process.exit(results.length > 0 && results.every(({ ok }) => ok) ? 0 : 1);
