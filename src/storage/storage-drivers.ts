/**
 * The drivers of a cluster, by name, and the one way to call them: a call that takes too long fails, and a driver that hangs is asked only
 * so many things at once, so that it holds up nothing but its own volumes.
 */
import { ApiError, messageOf } from "../errors/index.ts";
import { type Clock, everyEnd, everyStep, type FolderLock } from "../outside/index.ts";
import type { PersistentVolume, VolumeSnapshotContent } from "../resources/index.ts";
import { CallPlaces } from "./call-places.ts";
import { DriverError, type NodeInfo, type Rpc, type StorageDriver } from "./driver.ts";
import type { ObjectRecords } from "./object-records.ts";
import { VolumesInUse, type VolumeUse } from "./volumes-in-use.ts";

/** As long the side cars of Kubernetes wait for an RPC. */
const longestMs = 10_000;
/** Of one driver. */
const mostAtOnce = 20;

type Request<R extends Rpc> = Parameters<NonNullable<StorageDriver[R]>>[0];
type Answer<R extends Rpc> = Awaited<ReturnType<NonNullable<StorageDriver[R]>>>;

/** Of what outlives the cluster. */
export interface StorageRecords {
  readonly volumes: ObjectRecords<PersistentVolume>;
  readonly snapshots: ObjectRecords<VolumeSnapshotContent>;
}

/** A folder whose content outlives the cluster. */
export interface StorageFolder {
  readonly path: string;
  /** One cluster at a time uses it. */
  readonly lock: FolderLock;
  readonly records: StorageRecords;
}

export class StorageDrivers {
  readonly #clock: Pick<Clock, "after">;
  readonly #drivers: ReadonlyMap<string, StorageDriver>;
  readonly #inUse = new VolumesInUse();
  readonly #places = new Map<string, CallPlaces>();
  readonly #aborts = new Set<() => void>();
  #isClosed = false;
  #onFault: (fault: Error) => void = () => {};
  readonly #folder: StorageFolder | undefined;

  constructor(drivers: readonly StorageDriver[], clock: Pick<Clock, "after">, folder?: StorageFolder) {
    this.#folder = folder;
    this.#drivers = new Map(drivers.map(driver => [driver.name, driver]));
    this.#clock = clock;
  }

  /**
   * Takes the folder. Fails with BadRequest where it cannot be had.
   * @param onFault told of drivers that cannot be asked yet: they may come; and at the end of volumes that stay in use
   */
  async open(onFault: (fault: Error) => void): Promise<void> {
    this.#onFault = onFault;
    if (this.#folder) {
      const { path, lock } = this.#folder;
      await lock.take().catch(cause => {
        throw new ApiError("BadRequest", `volumes cannot lie in ${path}: ${messageOf(cause)}`, {}, { cause });
      });
    }
    for (const name of this.names)
      void this.can(name, "nodeStageVolume").catch(cause => {
        if (this.#isClosed) return;
        const why = `the storage driver ${name} cannot be asked yet, and its volumes wait for it: ${messageOf(cause)}`;
        onFault(new Error(why, { cause }));
      });
  }

  /** Undefined where nothing outlives the cluster. */
  get records(): StorageRecords | undefined {
    return this.#folder?.records;
  }

  get names(): string[] {
    return [...this.#drivers.keys()];
  }

  has(name: string): boolean {
    return this.#drivers.has(name);
  }

  /** Rejects with a DriverError where the driver cannot be asked now. */
  async can(name: string, rpc: Rpc): Promise<boolean> {
    const driver = this.#drivers.get(name);
    if (driver?.[rpc] === undefined) return false;
    return this.#inTime((async () => driver.supports?.(rpc) ?? true)());
  }

  /** What the driver says of a node of this cluster. Rejects with a DriverError where it cannot be asked now. */
  async nodeInfoOf(name: string, nodeName: string): Promise<NodeInfo> {
    const driver = this.#drivers.get(name);
    return this.#inTime((async () => driver?.nodeGetInfo?.({ nodeName }) ?? { nodeId: nodeName })());
  }

  /**
   * Rejects with a DriverError: the driver's, or DeadlineExceeded, Unavailable, Unimplemented; Unknown for whatever else the driver fails
   * with, as gRPC has it.
   */
  async call<R extends Rpc>(name: string, rpc: R, request: Request<R>): Promise<Answer<R>> {
    const driver = this.#drivers.get(name);
    if (!driver) throw new DriverError("Unavailable", `driver name ${name} not found in the list of drivers`);
    const act = driver[rpc] as ((request: Request<R>) => Promise<Answer<R>>) | undefined;
    if (!act) throw new DriverError("Unimplemented", `${name} has no ${rpc}`);
    if (this.#isClosed) throw new DriverError("Canceled", "the cluster stops");
    if (rpc === "deleteVolume") await this.#free(name, request as Request<"deleteVolume">);
    const places = this.#places.get(name) ?? new CallPlaces(mostAtOnce);
    this.#places.set(name, places);
    const late = new DriverError("Unavailable", `${name} has not answered ${mostAtOnce} calls yet`);
    await places.take(free => this.#inTime(free, late));
    this.#inUse.before(name, rpc, request);
    // One that throws before it promises anything has answered, too.
    const answer = (async (): Promise<Answer<R>> => await act.call(driver, request))();
    // The place is taken until the driver has answered, however late.
    const leave = () => places.leave();
    answer.then(leave, leave);
    const answered = await this.#inTime(answer);
    assertWhole(name, rpc, answered);
    this.#inUse.done(name, rpc, request);
    return answered;
  }

  /** What is under way fails, and what is asked for from now on. */
  abort(): void {
    this.#isClosed = true;
    for (const abort of this.#aborts) abort();
  }

  /** Ends the use of what is still in use: its nodes go with the cluster. Drivers that refuse, or are gone, are told of, and keep nobody waiting. */
  async close(): Promise<void> {
    const left = this.#isClosed ? [] : [...this.#inUse.ends()];
    await everyEnd(this.names.map(name => this.#endUse(left.filter(({ driver }) => driver === name))));
    this.abort();
    await everyStep([
      () => everyEnd([...this.#drivers.values()].map(async driver => driver.close?.())),
      () => this.#folder?.lock.release(),
    ]);
  }

  /** Of the volumes of one driver: as many at once as it is asked anything, and no more once it does not answer. */
  async #endUse(volumes: readonly VolumeUse[]): Promise<void> {
    const waiting = volumes.values();
    let isLate = false;
    const endAll = async () => {
      for (const { driver, volumeId, steps } of waiting)
        try {
          if (isLate) throw new DriverError("Unavailable", `${driver} has not answered before`);
          for (const { rpc, request } of steps) await this.call(driver, rpc, request);
        } catch (error) {
          isLate ||= error instanceof DriverError && error.code === "DeadlineExceeded";
          const why = `the volume ${volumeId} of ${driver} stays in use when the cluster ends: ${messageOf(error)}`;
          this.#onFault(new Error(why, { cause: error }));
        }
    };
    await everyEnd(Array.from({ length: mostAtOnce }, endAll));
  }

  /** A volume whose pod has just gone is still being taken away from its node: its deletion waits for that. */
  async #free(name: string, request: Request<"deleteVolume">): Promise<void> {
    const why = `volume ${request.volumeId} is still in use on a node`;
    const left = this.#inUse.left(name, request);
    if (left) await this.#inTime(left, new DriverError("FailedPrecondition", why));
  }

  #inTime<T>(
    answer: Promise<T>,
    late = new DriverError("DeadlineExceeded", "context deadline exceeded"),
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        timer.cancel();
        this.#aborts.delete(abort);
      };
      const fail = (error: DriverError) => {
        end();
        reject(error);
      };
      const abort = () => fail(new DriverError("Canceled", "the cluster stops"));
      const timer = this.#clock.after(longestMs, () => fail(late));
      this.#aborts.add(abort);
      answer.then(
        value => {
          end();
          resolve(value);
        },
        error => fail(asDriverError(error)),
      );
    });
  }
}

/** What cannot be named cannot be used, nor deleted. Throws a DriverError. */
function assertWhole(name: string, rpc: Rpc, answer: unknown): void {
  const id = rpc === "createVolume" ? "volumeId" : rpc === "createSnapshot" ? "snapshotId" : undefined;
  if (id === undefined) return;
  const given = (answer as Readonly<Record<string, unknown>> | undefined)?.[id];
  if (typeof given !== "string" || given === "")
    throw new DriverError("Internal", `the answer of ${name} to ${rpc} has no ${id}`);
}

/** What a driver fails with that is no DriverError: callers tell of it and try again later, as of any other. */
function asDriverError(error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  return new DriverError("Unknown", messageOf(error), { cause: error });
}
