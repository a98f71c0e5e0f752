import { stdin, stdout } from "node:process";
import { openStore } from "../../src/store/database.ts";

// A process that opens a database file at the moment it is told to, and stays beside the others until it is let go.
// Usage: tsx open-store.ts <file>; each step begins with a line on stdin and answers with one on stdout.
const lines = stdin.setEncoding("utf8")[Symbol.asyncIterator]();
const say = (message: object) => stdout.write(`${JSON.stringify(message)}\n`);

say({ ready: true });
await lines.next();
try {
  const store = openStore(process.argv[2]!);
  const jobs = await store.selectFrom("jobs").select("job_id").execute();
  await store
    .insertInto("settings")
    .values({ name: `opened by ${process.pid}`, value: "yes" })
    .execute();
  say({ jobs: jobs.length });
  await lines.next();
  await store.destroy();
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  say({ failed: `${code}: ${message}` });
}
process.exit();
