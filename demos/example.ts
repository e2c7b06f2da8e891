/**
 * `npm run example`: a guided first tour. Each step explains an idea, shows the YAML or the code that it is about, runs
 * just that, and shows what came of it. Enter goes on; `-- --auto`, or no terminal, runs straight through.
 * Ctrl-C, Ctrl-D or a signal ends it (exit code 130, or 128 and the number of the signal).
 *
 * The code that is shown is the code that runs: it is read out of this very file, between the `#region` marks.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import chalk from "chalk";
import { Cluster } from "k4s";
import { Left, Reader } from "./reader.ts";
import { Stage } from "./stage.ts";
import { print } from "./terminal.ts";

interface Step {
  readonly title: string;
  /** What the reader should know before. */
  readonly idea: string;
  /** A manifest that is shown before `run` applies it. */
  readonly yaml?: string;
  /** The region of this file that is shown. */
  readonly code?: string;
  run(): Promise<unknown>;
  /** What the reader has just seen. */
  readonly meaning: string;
}

const cluster = new Cluster({ images: new URL("../workers", import.meta.url) });
const reader = new Reader();
const stage = new Stage(cluster, { reader });

const container = `kind: Container
metadata: { name: counter }
spec:
  module: counter          # workers/counter.ts
  function: counter        # one of its exports`;

const copies = `kind: ReplicaSet
metadata: { name: counters }
spec:
  container: counter       # copies of the Container above
  replicas: 3
---
kind: Service
metadata: { name: count }
spec:
  selector: "counters-*"   # all pods whose name matches`;

const steps: Step[] = [
  {
    title: "A cluster in this process",
    idea: "A cluster is a store of declared objects, controllers that make them true, and a node that runs threads.",
    code: "start",
    async run() {
      // #region start
      await cluster.start();
      // #endregion
      await stage.table("Node");
    },
    meaning: "One node is there, and it is Ready. Nothing runs on it yet.",
  },
  {
    title: "A container is a thread",
    idea: "You do not start a thread; you declare that it should be there. Who makes it so? Read the names on the left.",
    yaml: container,
    async run() {
      await cluster.apply(container);
      await stage.until("Container/counter is Ready", cluster.waitFor("Container/counter", "Ready"));
    },
    meaning:
      "The container controller made a pod, the scheduler chose a node for it, and the node's agent started the thread and reported back. None of them called another: each watched the store, did its part, and wrote down what it did.",
  },
  {
    title: "What runs in it",
    idea: "A worker is a function that reads its inbox. This one keeps a number.",
    code: "../workers/counter.ts",
    async run() {
      const print = async (answer: Promise<unknown>) => stage.message("counter", "you", await answer);
      // #region ask
      await print(cluster.api.request("counter", { add: 2 }));
      await print(cluster.api.request("counter", { add: 40 }));
      // #endregion
    },
    meaning: "Two requests, two answers, one state: both came to the same thread.",
  },
  {
    title: "Copies, and a service over them",
    idea: "A ReplicaSet keeps N copies of a Container. A Service is a name for all pods that its selector matches.",
    yaml: copies,
    async run() {
      await cluster.apply(copies);
      await stage.until("all three are Ready", cluster.waitFor("ReplicaSet/counters", "Ready"));
      await stage.table("Pod");
    },
    meaning:
      "Three more pods, each with a thread of its own. The first one is still there: the set copied it.",
  },
  {
    title: "Why replicas disagree",
    idea: "The same question nine times, to the service. Who will answer, and what?",
    code: "nine",
    async run() {
      // #region nine
      for (let i = 0; i < 9; i++) {
        const answer = await cluster.api.request<Count>("count", { add: 1 });
        stage.message("you", answer.by, { count: answer.count });
      }
      // #endregion
    },
    meaning:
      "The service picks one of the ready pods at random for each message, and each thread counts for itself. What must be the same for all belongs into one place, not into replicas: that is what stateless means.",
  },
  {
    title: "It heals",
    idea: "Now one of them is told to crash. Watch its RESTARTS.",
    code: "crash",
    async run() {
      // #region crash
      const asked = cluster.api.request("pod/counters-1", "crash");
      const error = await asked.catch(error => error);
      // #endregion
      stage.message("k4s", "you", error);
      const restarted = (pod: unknown) =>
        (pod as Restarted | undefined)?.status.containerStatuses?.[0]?.restartCount === 1;
      await stage.until("counters-1 was restarted", cluster.waitFor("Pod/counters-1", restarted));
      await cluster.waitFor("Pod/counters-1", "Ready");
      await stage.table("Pod");
    },
    meaning:
      "The caller was told at once, with the reason. The node's agent saw the thread end and started it again: a fresh thread, and a fresh count.",
  },
  {
    title: "It scales",
    idea: "You change a number in what is declared; the controller makes up the difference.",
    code: "scale",
    async run() {
      // #region scale
      await cluster.patch("ReplicaSet", "counters", { spec: { replicas: 1 } });
      await cluster.waitFor("Pod/counters-1", "deleted");
      await cluster.waitFor("Pod/counters-2", "deleted");
      // #endregion
      stage.controllers();
      await stage.table("ReplicaSet");
    },
    meaning: "The highest numbers went first, and each finished what was in its inbox before it ended.",
  },
  {
    title: "Why is it so?",
    idea: "Every write in the store knows who made it, and which write made them do it. Follow that back from a pod.",
    code: "why",
    async run() {
      // #region why
      const chain = cluster.why("Pod/counters-0");
      // #endregion
      for (const change of chain)
        stage.wrote(change.actor, `${verbs[change.type]} ${change.key.kind} ${change.key.name}`);
    },
    meaning: "At the end of the chain stands a user: you.",
  },
  {
    title: "The end",
    idea: "Stopping is reconciling towards nothing.",
    code: "stop",
    async run() {
      // #region stop
      await cluster.stop();
      // #endregion
    },
    meaning:
      "No thread is left. Next: `npm run demo -- --step` for more, `npm run exercise` to write workers yourself, ARCHITECTURE.md for how it is built.",
  },
];

const verbs = { ADDED: "created", MODIFIED: "changed", DELETED: "deleted" } as const;

/** What the counter answers. */
interface Count {
  by: string;
  count: number;
}

interface Restarted {
  status: { containerStatuses?: { restartCount: number }[] };
}

/** The lines between the marks of a region, or a whole other file. */
async function codeOf(region: string): Promise<string> {
  if (region.includes("/")) return (await readFile(new URL(region, import.meta.url), "utf8")).trimEnd();
  const lines = (await readFile(new URL(import.meta.url), "utf8")).split("\n");
  const first = lines.findIndex(line => line.trim() === `// #region ${region}`);
  const last = lines.findIndex((line, i) => i > first && line.trim() === "// #endregion");
  const shown = lines.slice(first + 1, last);
  const indent = Math.min(...shown.map(line => line.search(/\S|$/)));
  return shown.map(line => line.slice(indent)).join("\n");
}

async function walk(auto: boolean): Promise<void> {
  for (const [i, step] of steps.entries()) {
    console.log();
    print(chalk.bold.cyan(step.title), chalk.bold.cyan(`${i + 1}/${steps.length} `));
    print(step.idea);
    console.log();
    const shown = step.yaml ?? (step.code && (await codeOf(step.code)));
    if (shown) console.log(`${shown.replace(/^/gm, chalk.gray("  │ "))}\n`);
    if (!auto) await reader.enter(chalk.dim("Enter to run it … "));
    await step.run();
    console.log();
    print(chalk.italic(step.meaning));
  }
}

function readArguments() {
  try {
    return parseArgs({ options: { auto: { type: "boolean" }, help: { type: "boolean" } } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\nUse: npm run example -- [--auto]`);
    process.exit(2);
  }
}

const values = readArguments();
if (values.help) {
  console.log("npm run example -- [--auto]");
  process.exit(0);
}
try {
  await reader.orLeft(walk(values.auto === true || !process.stdin.isTTY));
} catch (error) {
  if (!(error instanceof Left)) throw error;
  process.exitCode = error.exitCode;
} finally {
  reader.close();
  await cluster.stop();
}
