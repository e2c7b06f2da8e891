/** A play of three programs that share one cluster in etcd, as `k4s up --etcd` does: whoever leads runs the controllers and the scheduler. */
import type { Random } from "../outside/index.ts";
import { EtcdRecord } from "./etcd/etcd-record.ts";
import { PlayedEtcd } from "./etcd/played-etcd.ts";
import { PlayedProgram } from "./etcd/played-program.ts";
import { Play, type PlayOptions } from "./play.ts";
import type { PlayedProcess } from "./played-process.ts";
import { type EtcdStage, etcdActs } from "./steps/index.ts";

const programs = 3;
const members = 3;
/** Of each program. */
const nodes = 2;

export class EtcdPlay extends Play<EtcdStage> implements EtcdStage {
  protected readonly stage = this;
  readonly etcd = new PlayedEtcd(this.clock);
  readonly programs: readonly PlayedProgram[];

  constructor(options: PlayOptions) {
    super(options, etcdActs);
    const seen = new EtcdRecord();
    this.etcd.watch(1, commit => {
      for (const change of seen.changesOf(commit)) this.changed(change);
    });
    this.programs = Array.from(
      { length: programs },
      (_, number) =>
        new PlayedProgram(number, {
          ...this.shared,
          base: this.clock,
          etcd: this.etcd,
          members,
          nodes,
          tell: what => this.tell(what),
          onEnd: process => this.ledger.disconnect(process),
        }),
    );
  }

  requestAt(
    { process }: PlayedProgram,
    what: string,
    ask: (cluster: PlayedProcess["cluster"]) => Promise<unknown>,
  ): void {
    if (process?.answers) this.requestOf(process, what, ask);
  }

  protected asked(random: Random): PlayedProcess | undefined {
    const answering = this.programs.flatMap(({ process }) => (process?.answers ? [process] : []));
    return answering[random.below(answering.length)];
  }

  protected async begin(): Promise<void> {
    for (const program of this.programs) {
      program.start();
      await this.clock.advance(2_000);
    }
    await this.clock.advance(5_000);
  }

  protected mend(): void {
    this.etcd.isFull = false;
    for (const program of this.programs) program.mend();
  }

  protected async renew(): Promise<void> {
    await this.clock.advance(90_000);
    for (const program of this.programs)
      for (const node of program.nodeNames)
        this.requestAt(program, `start ${node}`, cluster => cluster.nodes.start(node));
  }

  protected notRunning(): string | undefined {
    return this.programs.map(({ notRunning }) => notRunning).find(why => why !== undefined);
  }

  protected end(): void {
    for (const program of this.programs) program.end();
  }
}
