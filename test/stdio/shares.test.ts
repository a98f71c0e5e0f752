import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/folders.ts";
import { eventually, newHome, startProgram } from "../support/program.ts";
import { openPage, Visitor } from "../support/shares.ts";

const root = temporaryFolder();

it("a share of the built program opens by its code, also after a restart, until it is revoked", async () => {
  const home = newHome(root);
  const env = { AITTSM_LOG_LEVEL: "trace" };
  const first = await startProgram(home, { env });
  const { job_id } = await first.ok("generate_speech", { text: "Hello there.", output_format: "wav" });
  const { share_id, share_url } = await first.ok("create_share", { job_ids: [job_id], access: "code" });
  const { codes } = await first.ok("create_access_codes", { share_id, max_uses: 1 });
  const [{ code_id, code }] = codes;
  const { file_path } = await first.ok("export_access_codes", { share_id, save_to: "codes" });
  expect(readFileSync(file_path, "utf8")).toContain(`${share_url}#code=${code}`);
  const drawn = await first.ok("get_qr_code", { share_id, code_id, format: "svg" });
  expect(drawn).toMatchObject({ url: `${share_url}#code=${code}`, data: expect.stringContaining("<svg") });

  const person = new Visitor(share_url);
  expect((await person.enter("22222-22222")).status).toBe(400);
  expect((await person.enter(code)).status).toBe(303);
  const page = await person.open();
  expect((await fetch(page.audio[0]!)).status).toBe(200);
  expect((await new Visitor(share_url).enter(code)).status).toBe(400);
  expect((await first.ok("get_share", { share_id })).plays).toBe(1);
  await first.kill();

  // The same address, before any tool of the new process asked for a link; the cookie is as good as before.
  const second = await startProgram(home, { env });
  await eventually("the page", async () => (await openPage(share_url).catch(() => undefined))?.status === 200);
  expect((await person.open()).audio).toHaveLength(1);
  expect((await second.ok("revoke_share", { share_id })).preview).toBe(true);
  expect((await person.open()).status).toBe(200);
  await second.ok("revoke_share", { share_id, confirm: true });
  expect((await person.open()).status).toBe(410);
  const token = share_url.split("/s/")[1]!;
  for (const secret of [token, code, person.cookie!]) expect(first.stderr + second.stderr).not.toContain(secret);
});
