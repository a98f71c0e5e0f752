// Adds up vitest's JSON reports and prints `N passed, N failed` as its last line. A report that is missing, empty or has
// skipped tests is a failure: nothing may be left out in silence.
import { readFileSync } from "node:fs";
import path from "node:path";

const [folder, ...names] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const name of names) {
  try {
    const report = JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8"));
    const skipped = report.numPendingTests + report.numTodoTests;
    const broken = report.success ? 0 : Math.max(1, report.numFailedTests);
    console.log(`${name}: ${report.numPassedTests} passed, ${broken} failed, ${skipped} skipped`);
    passed += report.numPassedTests;
    failed += broken + skipped + (report.numPassedTests === 0 ? 1 : 0);
  } catch (error) {
    console.log(`${name}: no report (${error.message})`);
    failed += 1;
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
