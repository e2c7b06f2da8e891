/**
 * Makes each row a program: `npx tsx bench/rows/request-64.ts` builds the row to plain JavaScript (a loader in the
 * process would be a loader in every thread, and slow all starts), runs that, and prints the row's own small table.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure, serveSide } from "./measure.ts";
import { builtRows } from "./places.ts";
import { profileSummary, profiling } from "./profile.ts";
import type { Row } from "./row.ts";
import { tableOf } from "./table.ts";

/** Every row's file ends with this; it does nothing where the row was only imported. */
export async function runAlone(url: string, row: Row): Promise<void> {
  const file = fileURLToPath(url);
  if (file !== process.argv[1]) return;
  if (file.endsWith(".ts")) {
    const { prepare } = await import("./prepare.ts");
    await prepare();
    process.exitCode = await runBuilt(row.id, process.argv.slice(2));
    return;
  }
  const { values } = parseArgs({
    options: {
      side: { type: "string" },
      at: { type: "string", default: "0" },
      out: { type: "string" },
      profile: { type: "boolean" },
      // Read by pace.ts.
      full: { type: "boolean" },
      quick: { type: "boolean" },
    },
  });
  if (values.side !== undefined) {
    const open = row.sides.get(values.side);
    if (!open)
      throw new Error(
        `The row ${row.id} has no side "${values.side}"; it has ${[...row.sides.keys()].join(", ")}.`,
      );
    await serveSide(open, Number(values.at));
    return;
  }
  const result = await measure(row, file, values.profile ? profiling() : []);
  if (values.out) writeFileSync(values.out, JSON.stringify(result));
  else console.log(tableOf(row, result));
  if (values.profile) console.log(`\n${profileSummary()}\n`);
}

/** Runs a built row in a process of its own; resolves to its exit code. */
export function runBuilt(id: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(builtRows, `${id}.js`), ...args], { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", code => resolve(code ?? 1));
  });
}
