/**
 * Flows: what a user types and what then stands on the screen, written as a transcript and run with the real kubectl and helm
 * against a cluster of ours. One cluster serves a whole file; each flow has a namespace of its own, and a folder that is empty.
 */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, hasKubectl, toolPath } from "./kubectl.ts";
import { servedCluster } from "./served-cluster.ts";

/** A command and what is expected of it. */
interface Step {
  command: string;
  code: number | "any failure";
  lines: string[];
}

/**
 * Reads a transcript. `$ ` begins a command for bash, `> ` goes on with it (a here-document, say), `? 1` is the exit code that is
 * expected where it is not 0 (`? !0` any other), and each other line must be a line of the output, stdout and stderr together, in this order:
 * others may stand between. Blanks count as one, `…` stands for any text, and `! ` begins what no line may contain.
 */
export function readTranscript(text: string): Step[] {
  const steps: Step[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const step = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), code: 0, lines: [] });
    else if (line === "") continue;
    else if (!step) throw new Error(`a transcript begins with a command, not with ${line}`);
    else if (line === ">" || line.startsWith("> ")) step.command += `\n${line.slice(2)}`;
    else if (line.startsWith("? ")) step.code = line === "? !0" ? "any failure" : Number(line.slice(2));
    else step.lines.push(line);
  }
  return steps;
}

/** What is wrong with what a command did, in a line; undefined where nothing is. */
export function complaint({ code, lines }: Step, ended: Ended): string | undefined {
  const asExpected = code === "any failure" ? ended.code !== 0 : ended.code === code;
  if (!asExpected) return `exit code ${ended.code}, not ${code}`;
  const printed = `${ended.stdout}\n${ended.stderr}`
    .split("\n")
    .map(line => line.trim().replaceAll(/\s+/g, " "));
  let from = 0;
  for (const line of lines) {
    if (line.startsWith("! ")) {
      const unwanted = printed.find(each => each.includes(line.slice(2)));
      if (unwanted !== undefined) return `there must be no ${line.slice(2)}`;
      continue;
    }
    const at = printed.findIndex((each, index) => index >= from && patternOf(line).test(each));
    if (at === -1) return `no line (after line ${from}) is: ${line}`;
    from = at + 1;
  }
  return undefined;
}

function patternOf(line: string): RegExp {
  const parts = line.replaceAll(/\s+/g, " ").split("…");
  return new RegExp(`^${parts.map(part => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".*")}$`);
}

/** A row: what the flow shows, its transcript, and files that lie in its folder. */
export type Flow = readonly [name: string, transcript: string, files?: Readonly<Record<string, string>>];

const images = [new URL("../workers", import.meta.url), new URL("images", import.meta.url)];

/** A cluster of two nodes, and a test for each flow. */
export function flows(title: string, table: readonly Flow[]): void {
  describe.skipIf(!hasKubectl)(
    `${title} (skipped where kubectl's package has no program for this machine)`,
    () => {
      // All of the machine: that is what `kubectl debug node/…` mounts.
      const { folder, kubeconfig } = servedCluster({ images, nodes: 2, hostPaths: ["/"] });

      for (const [number, [name, transcript, files = {}]] of table.entries())
        test.concurrent(name, { timeout: 120_000 }, async () => {
          const namespace = `flow-${number}`;
          const own = join(folder, namespace);
          mkdirSync(own);
          const config = join(folder, `${namespace}.kubeconfig`);
          writeFileSync(
            config,
            kubeconfig().replace("      user: k4s\n", `      user: k4s\n      namespace: ${namespace}\n`),
          );
          for (const [file, text] of Object.entries(files)) {
            mkdirSync(dirname(join(own, file)), { recursive: true });
            writeFileSync(join(own, file), text);
          }
          const env = { KUBECONFIG: config, HOME: folder, NS: namespace };
          await shell(`kubectl create namespace ${namespace}`, own, env);
          for (const step of readTranscript(transcript)) {
            const ended = await shell(step.command, own, env);
            const wrong = complaint(step, ended);
            const told = `$ ${step.command}\n${ended.stdout}${ended.stderr}`;
            expect(wrong, `${wrong}\n${told}`).toBeUndefined();
          }
        });
    },
  );
}

/** Runs a command line by bash, at most 40 seconds, with kubectl and helm on its path. */
function shell(command: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const path = `${dirname(toolPath("kubectl"))}:${process.env.PATH ?? ""}`;
  const options = { cwd, timeout: 40_000, env: { PATH: path, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise(resolve => {
    execFile("bash", ["-c", command], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 124;
      resolve({ code, stdout, stderr });
    }).stdin?.end();
  });
}
