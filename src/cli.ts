#!/usr/bin/env node
/** Runs the k4s command. Whatever goes wrong is one line on stderr and exit code 1. */
import { program } from "./cli/index.ts";
import { K4sError } from "./errors/index.ts";

// Nobody reads what is printed any more, as behind `| head -1`. Node has no signal for that: it ends as by SIGTERM, a cluster in order.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") process.kill(process.pid, "SIGTERM");
});
process.stderr.on("error", () => {});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof K4sError)) throw error;
  console.error(`k4s: ${error.message}`);
  process.exitCode = 1;
}
