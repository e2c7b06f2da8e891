#!/usr/bin/env node
/** Runs the k4s command. Whatever goes wrong is one line on stderr and exit code 1. */
import { program } from "./cli/index.ts";
import { K4sError } from "./errors/index.ts";

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof K4sError)) throw error;
  console.error(`k4s: ${error.message}`);
  process.exitCode = 1;
}
