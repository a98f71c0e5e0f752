#!/usr/bin/env node
// Checks the Node version before anything that an older one could not even parse is loaded.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `aittsm needs Node 20.19 or newer; this is ${process.versions.node}. Get it from https://nodejs.org\n`,
  );
  process.exitCode = 1;
} else {
  await import("../dist/main.js");
}
