/**
 * What the stories of test/ are told with: a folder of workers that a story writes itself, and a cluster over it that takes
 * both away when the story is over. The cluster is used as programs use it, through the package's public face.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Cluster, type ClusterOptions, type Pod } from "k4s";

/** File name and source of each worker: `{ "echo.js": "export default …" }`. */
export type Workers = Readonly<Record<string, string>>;

export class Scene extends Cluster {
  readonly folder: string;
  /** What went wrong inside and harmed nobody. A story that expects none says so. */
  readonly faults: unknown[];

  constructor(folder: string, options: ClusterOptions) {
    const faults: unknown[] = [];
    super({
      images: folder,
      restartBackOff: { initialMs: 20 },
      onFault: fault => faults.push(fault),
      ...options,
    });
    this.folder = folder;
    this.faults = faults;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Writes a worker, or another version of it. */
  async write(workers: Workers): Promise<void> {
    for (const [file, source] of Object.entries(workers))
      await writeFile(path.join(this.folder, file), source);
  }

  /** Declares a Container and resolves when it is ready. */
  async run(name: string, spec: object, metadata: object = {}): Promise<void> {
    await this.declare(name, spec, metadata);
    await this.waitFor(`Container/${name}`, "Ready");
  }

  async declare(name: string, spec: object, metadata: object = {}): Promise<void> {
    await this.apply({ kind: "Container", metadata: { name, ...metadata }, spec });
  }

  /** Resolves when such an event has been told of the object; events are told a little after they happened. */
  async told(ref: string, reason: string): Promise<string> {
    const { kind, name } = this.keyOf(ref);
    for await (const { object } of this.watch("Event", { signal: AbortSignal.timeout(10_000) })) {
      const { involvedObject: about, message = "" } = object;
      if (about?.kind === kind && about.name === name && object.reason === reason) return message;
    }
    throw new Error(`no event ${reason} of ${ref} was told within 10 s`);
  }

  /** The pod of this name, once the story's question about its (first) container is answered with yes. */
  async podWhose(name: string, question: (container: State) => unknown, timeoutMs = 15_000): Promise<State> {
    const pod = await this.waitFor(
      `Pod/${name}`,
      pod => pod !== undefined && Boolean(question(stateOf(pod))),
      {
        timeoutMs,
      },
    );
    return stateOf(pod);
  }
}

/** How a pod's first container is, in few words. */
export interface State {
  readonly phase: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Why it waits, or ended; undefined while it runs. */
  readonly reason: string | undefined;
  readonly message: string;
  readonly running: boolean;
  readonly exitCode: number | undefined;
  /** How the last instance ended, be it this one or the one before. */
  readonly last:
    | { readonly exitCode: number; readonly reason?: string; readonly message?: string }
    | undefined;
  readonly uid: string;
}

function stateOf(pod: Pod | undefined): State {
  const status = pod?.status?.containerStatuses?.[0];
  const { waiting, running, terminated } = status?.state ?? {};
  return {
    phase: pod?.status?.phase ?? "",
    ready: status?.ready ?? false,
    restarts: status?.restartCount ?? 0,
    reason: waiting?.reason ?? terminated?.reason,
    message: waiting?.message ?? terminated?.message ?? "",
    running: running !== undefined,
    exitCode: terminated?.exitCode,
    last: terminated ?? status?.lastState?.terminated,
    uid: pod?.metadata.uid ?? "",
  };
}

/** A cluster that runs, over a fresh folder with these workers. */
export async function scene(workers: Workers = {}, options: ClusterOptions = {}): Promise<Scene> {
  const cluster = new Scene(await mkdtemp(path.join(tmpdir(), "k4s-test-")), options);
  await cluster.write(workers);
  await cluster.start();
  return cluster;
}

/** Workers that many stories need. */
export const echo = `export default async ({ inbox, self }) => {
  for await (const message of inbox) message.reply({ said: message.body, by: self.name });
};`;
