/** What goes wrong with a process that keeps its cluster on a disk: processes, machines, nodes, disks, clocks. */
import type { CrashingFolder, Operation } from "../crashing-folder.ts";
import type { PlayedProcess } from "../played-process.ts";
import { type Act, faultAct, lasting, oneOf, pick, type Stage } from "./step.ts";
import { viewFaults } from "./view-faults.ts";

/** One process over one disk. */
export interface FolderStage extends Stage {
  /** The disk, as the process that runs, or the next one, finds it. */
  readonly folder: CrashingFolder;
  /** Undefined while none runs. */
  readonly process: PlayedProcess | undefined;
  /**
   * The process ends after so many operations of its disk, where it makes as many; `isMachines`: with it the machine, so that what was
   * not synced may be gone. It is started again a while later.
   */
  crash(operations: number, isMachines: boolean, downMs: number): void;
  /** The process is asked to stop, and another starts. */
  restart(): void;
}

const act = faultAct<FolderStage>;

/** Something is done to one of the nodes that are so. */
function toNode(name: string, weight: number, verb: "crash" | "freeze" | "stop" | "start"): Act<FolderStage> {
  return act(name, weight, (stage, random) => {
    const node = pick(stage.record.list("Node"), random)?.metadata.name;
    if (node === undefined || !stage.process?.answers) return undefined;
    stage.request(`${verb} node ${node}`, cluster => cluster.nodes[verb](node));
    return `${verb} node ${node}`;
  });
}

export const folderFaults: readonly Act<FolderStage>[] = [
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
  ...viewFaults,
];
