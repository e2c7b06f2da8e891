/** What goes wrong: processes, machines, nodes, disks, clocks, and what comes between controllers and the API server. */
import type { Operation } from "../crashing-folder.ts";
import type { LastingFault } from "../faults.ts";
import { type Act, oneOf, pick } from "./step.ts";

function act(name: string, weight: number, play: Act["play"]): Act {
  return {
    name,
    weight,
    isFault: true,
    play(stage, random) {
      const done = play(stage, random);
      if (done !== undefined) stage.faults.count(name);
      return done;
    },
  };
}

function lasting(fault: LastingFault, weight: number, rates: readonly [number, ...number[]]): Act {
  return {
    name: fault,
    weight,
    isFault: true,
    play(stage, random) {
      const rate = oneOf(random, ...rates);
      const forMs = 1_000 * (1 + random.below(60));
      stage.faults.turnUp(fault, rate, forMs);
      return `${fault}: ${rate * 100} % for ${forMs / 1_000} s`;
    },
  };
}

/** Something is done to one of the nodes that are so. */
function toNode(name: string, weight: number, verb: "crash" | "freeze" | "stop" | "start"): Act {
  return act(name, weight, (stage, random) => {
    const node = pick(stage.record.list("Node"), random)?.metadata.name;
    if (node === undefined || !stage.process?.answers) return undefined;
    stage.request(`${verb} node ${node}`, cluster => cluster.nodes[verb](node));
    return `${verb} node ${node}`;
  });
}

export const faultActs: readonly Act[] = [
  act("crash of the process", 6, (stage, random) => {
    const operations = random.below(60);
    const downMs = 100 + random.below(20_000);
    stage.crash(operations, false, downMs);
    return `SIGKILL after ${operations} operations of the disk; started again after ${downMs} ms`;
  }),
  act("crash of the machine", 5, (stage, random) => {
    const operations = random.below(60);
    const downMs = 100 + random.below(20_000);
    stage.crash(operations, true, downMs);
    return `the power fails after ${operations} operations of the disk, for ${downMs} ms`;
  }),
  act("restart", 1, stage => {
    if (!stage.process?.answers) return undefined;
    stage.restart();
    return "stop and start again";
  }),
  act("halt of the process", 3, (stage, random) => {
    const { process } = stage;
    if (!process || process.hasEnded || process.clock.isHalted) return undefined;
    const forMs = 500 + random.below(90_000);
    process.clock.halt();
    stage.later(forMs, () => process.clock.goOn());
    return `SIGSTOP for ${forMs} ms`;
  }),
  act("full disk", 3, (stage, random) => {
    const forMs = 1_000 + random.below(30_000);
    stage.folder.capacity = stage.folder.size + random.below(3_000);
    stage.later(forMs, () => {
      stage.folder.capacity = Number.POSITIVE_INFINITY;
    });
    return `the disk is full for ${forMs} ms`;
  }),
  act("disk error", 2, (stage, random) => {
    const operation = oneOf<Operation>(
      random,
      ...(["write", "sync", "sync", "truncate", "open", "rename", "remove", "sync folder"] as const),
    );
    let left = 1 + random.below(2);
    const what = `${left} EIO at ${operation}`;
    stage.folder.fault = asked => {
      if (asked !== operation || left === 0) return undefined;
      left--;
      return Object.assign(new Error(`EIO: i/o error, ${operation}`), { code: "EIO" });
    };
    return what;
  }),
  act("clock jump", 2, (stage, random) => {
    const { process } = stage;
    if (!process) return undefined;
    const byMs = (random.next() < 0.5 ? -1 : 1) * random.below(120_000);
    process.clock.jump(byMs);
    stage.later(60_000, () => process.clock.setRight());
    return `the time of day jumps by ${byMs} ms, for a minute`;
  }),
  toNode("crash of a node", 4, "crash"),
  toNode("partition of a node", 4, "freeze"),
  toNode("shutdown of a node", 1, "stop"),
  toNode("return of a node", 8, "start"),
  lasting("slow disk", 3, [0.1, 0.5, 1]),
  lasting("late event", 4, [0.02, 0.2, 1]),
  lasting("repeated event", 3, [0.1, 1]),
  lasting("dropped event", 4, [0.02, 0.2, 0.7]),
  lasting("late answer", 4, [0.05, 0.5]),
  lasting("lost answer", 4, [0.05, 0.3]),
  lasting("write sent twice", 4, [0.05, 0.5]),
  lasting("refused write", 4, [0.05, 0.3]),
];
