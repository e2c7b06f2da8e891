/** What goes wrong with programs that share a cluster in etcd: they end, are halted, and do not reach etcd; etcd is full, or forgets. */
import type { Cluster } from "../../cluster/index.ts";
import type { PlayedEtcd } from "../etcd/played-etcd.ts";
import type { PlayedProgram } from "../etcd/played-program.ts";
import { type Act, faultAct, lasting, pick, type Stage } from "./step.ts";
import { viewFaults } from "./view-faults.ts";

/** Several programs over one etcd. */
export interface EtcdStage extends Stage {
  readonly etcd: PlayedEtcd;
  /** Each, whether a process of it runs or not. */
  readonly programs: readonly PlayedProgram[];
  /** Asks this one, where it answers, and does not wait. */
  requestAt(program: PlayedProgram, what: string, ask: (cluster: Cluster) => Promise<unknown>): void;
}

const act = faultAct<EtcdStage>;

/** Something is done to one of the nodes of one of the programs. */
function toNode(name: string, weight: number, verb: "crash" | "freeze" | "stop" | "start"): Act<EtcdStage> {
  return act(name, weight, (stage, random) => {
    const program = pick(stage.programs, random);
    const node = pick(program?.nodeNames ?? [], random);
    if (!program?.process?.answers || node === undefined) return undefined;
    stage.requestAt(program, `${verb} node ${node}`, cluster => cluster.nodes[verb](node));
    return `${verb} node ${node}`;
  });
}

/** The program that leads, where one does, each second time; else any. */
function victim({ programs, record }: EtcdStage, random: Parameters<Act["play"]>[1]) {
  const any = pick(programs, random);
  const lease = record.get("Lease", "kube-system", "kube-controller-manager");
  const holder = lease?.spec?.holderIdentity;
  const leader = programs.find(({ process }) => holder !== undefined && process?.identity === holder);
  return random.next() < 0.5 ? (leader ?? any) : any;
}

export const etcdFaults: readonly Act<EtcdStage>[] = [
  act("crash of a program", 8, (stage, random) => {
    const program = victim(stage, random);
    const [inMs, downMs] = [random.below(3_000), 100 + random.below(40_000)];
    if (!program?.process) return undefined;
    program.crash(inMs, downMs);
    return `SIGKILL of ${program.name} in ${inMs} ms; started again after ${downMs} ms`;
  }),
  act("restart of a program", 2, (stage, random) => {
    const program = victim(stage, random);
    if (!program?.process?.answers) return undefined;
    program.restart();
    return `stop and start ${program.name} again`;
  }),
  act("halt of a program", 6, (stage, random) => {
    const program = victim(stage, random);
    const clock = program?.process?.clock;
    if (!clock || clock.hasEnded || clock.isHalted) return undefined;
    const forMs = 500 + random.below(60_000);
    clock.halt();
    stage.later(forMs, () => clock.goOn());
    return `SIGSTOP of ${program.name} for ${forMs} ms`;
  }),
  act("clock jump", 3, (stage, random) => {
    const program = victim(stage, random);
    const clock = program?.process?.clock;
    if (!clock) return undefined;
    const byMs = (random.next() < 0.5 ? -1 : 1) * random.below(120_000);
    clock.jump(byMs);
    stage.later(60_000, () => clock.setRight());
    return `the time of day of ${program.name} jumps by ${byMs} ms, for a minute`;
  }),
  act("partition from a member of etcd", 4, (stage, random) => {
    const program = victim(stage, random);
    const member = random.below(3);
    const forMs = 1_000 + random.below(40_000);
    if (!program) return undefined;
    program.cutOff(member, true);
    stage.later(forMs, () => program.cutOff(member, false));
    return `${program.name} does not reach member ${member} of etcd for ${forMs} ms`;
  }),
  act("partition from etcd", 5, (stage, random) => {
    const program = victim(stage, random);
    const forMs = 1_000 + random.below(40_000);
    if (!program) return undefined;
    for (const member of [0, 1, 2]) program.cutOff(member, true);
    stage.later(forMs, () => {
      for (const member of [0, 1, 2]) program.cutOff(member, false);
    });
    return `${program.name} does not reach etcd for ${forMs} ms`;
  }),
  act("compaction of etcd", 3, ({ etcd }, random) => {
    const revision = etcd.revision - random.below(20);
    if (revision <= 1 || etcd.compactedBefore(revision) !== undefined) return undefined;
    etcd.compact(revision);
    return `etcd forgets what was before revision ${revision}`;
  }),
  act("full etcd", 2, (stage, random) => {
    const forMs = 1_000 + random.below(20_000);
    stage.etcd.isFull = true;
    stage.later(forMs, () => {
      stage.etcd.isFull = false;
    });
    return `etcd is full for ${forMs} ms`;
  }),
  toNode("crash of a node", 3, "crash"),
  toNode("partition of a node", 3, "freeze"),
  toNode("shutdown of a node", 1, "stop"),
  toNode("return of a node", 6, "start"),
  lasting("late request to etcd", 4, [0.02, 0.2]),
  lasting("lost request to etcd", 3, [0.02, 0.2]),
  lasting("lost answer of etcd", 5, [0.02, 0.3]),
  lasting("late watch of etcd", 4, [0.05, 0.5]),
  lasting("broken watch of etcd", 3, [0.02, 0.3]),
  lasting("silent watch of etcd", 2, [0.02, 0.3]),
  ...viewFaults,
];
