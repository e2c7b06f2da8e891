/**
 * A cluster that is kept in etcd, where several programs have it in common. What they sign with is agreed on there too, and lies in
 * a folder of this process only while it runs; from its slot (process-slots.ts) its nodes have their names.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { makeKeys } from "../access/index.ts";
import { ApiError, messageOf } from "../errors/index.ts";
import { type Clock, fieldsOf, ownFolder, type Random } from "../outside/index.ts";
import type { KindRegistry } from "../resources/index.ts";
import {
  type EtcdOptions,
  EtcdStore,
  type ImageOptions,
  kindFolders,
  type SealingOptions,
  type Stored,
} from "../store/index.ts";
import { type ClusterOptions, pathOf } from "./options/index.ts";
import { type OwnSlot, thisProgram, withOwnSlot } from "./process-slots.ts";

/** A control plane of this process. */
interface Plane {
  /** Whether it runs the controllers. */
  readonly leads: () => boolean;
  readonly onWarning: (warning: string) => void;
  /** Whether there is a folder where volumes lie when it has ended. */
  readonly volumesStay: boolean;
}

interface StoreParts extends ImageOptions {
  readonly clock: Clock;
  readonly kinds: KindRegistry;
  readonly content: Iterable<Stored>;
  readonly onFault: (fault: unknown) => void;
  readonly sealing?: SealingOptions | undefined;
}

export class EtcdPlace {
  /** Where keys lie, while this process runs. */
  readonly keys = ownFolder("keys");
  /** No folder that all would find. */
  readonly volumes = undefined;
  readonly #etcd: EtcdOptions;
  readonly #clock: Clock;
  /** Of this program, among all that share the cluster. */
  readonly identity: string;
  #store: EtcdStore | undefined;
  #onFault: (fault: unknown) => void = () => {};
  readonly #planes: Plane[] = [];
  #slot: OwnSlot | undefined;

  /** Throws NotFound where a file with a certificate cannot be read, BadRequest for half of what is shown. */
  constructor(options: NonNullable<ClusterOptions["etcd"]>, clock: Clock, random: Random) {
    this.#etcd = withTexts(options);
    this.#clock = clock;
    this.identity = `${hostname()}_${random.uuid()}`;
  }

  storeFor({ kinds, onFault, ...parts }: StoreParts): EtcdStore {
    const shared = { etcd: this.#etcd, kinds: kindFolders(kinds), identity: this.identity };
    this.#onFault = onFault;
    this.#store = new EtcdStore({ ...parts, ...shared, onFault, onEtcdFault: onFault });
    return this.#store;
  }

  /** What is to be done once for all programs is done where one of these leads; the first is told what people should know. */
  joined(plane: Plane): void {
    this.#planes.push(plane);
  }

  /** Before the store is opened. */
  async open(): Promise<void> {
    await mkdir(this.keys, { mode: 0o700 });
  }

  /** When the store is open. */
  async opened(): Promise<void> {
    const store = this.#store;
    if (!store) throw new Error("there is no store yet");
    for (const name of await makeKeys(this.keys, this.#clock.now())) {
      const file = join(this.keys, name);
      const kept = await store.agreed(name, text => text ?? readFileSync(file, "utf8"));
      await writeFile(file, kept, { mode: 0o600 });
    }
    await store.announce();
    const asking = thisProgram(this.identity, each => store.isPresent(each));
    await store.agreed("programs", text => {
      const { text: chosen, own } = withOwnSlot(text, asking);
      this.#slot = own;
      return chosen;
    });
    const [first] = this.#planes;
    if (first && !first.volumesStay)
      first.onWarning(
        "what the volumes of claims hold is not in etcd but on this machine, and goes when this program ends: --volumes FOLDER keeps it here",
      );
    store.reseal({
      leads: () => this.#planes.some(({ leads }) => leads()),
      tell: what => first?.onWarning(what),
      onFault: this.#onFault,
    });
  }

  /** What the names of our nodes begin with. */
  get nodePrefix(): string {
    return this.#slot?.prefix ?? "node";
  }

  /** Where the addresses of our pods are from, `127.5.0.0/14`: each program has four of the parts that nodes of no other process have. */
  get podRange(): string | undefined {
    return this.#slot && `127.${1 + 4 * this.#slot.number}.0.0/14`;
  }

  /** Whether the program that leads this by name is gone: its lease need not run out then. */
  hasGone(identity: string, of: string): boolean {
    return this.#store?.hasGone(identity, of) ?? false;
  }

  /** Calls when one of the programs goes. */
  onGone(listener: () => void): void {
    this.#store?.onGone(listener);
  }

  close(): Promise<void> {
    return rm(this.keys, { recursive: true, force: true });
  }
}

/** With the texts of the files that are named. Throws NotFound where one cannot be read, BadRequest for half of what is shown. */
export function withTexts({ ca, cert, key, ...same }: NonNullable<ClusterOptions["etcd"]>): EtcdOptions {
  const etcd = { ...same, ca: textOf("ca", ca), cert: textOf("cert", cert), key: textOf("key", key) };
  if ((cert === undefined) !== (key === undefined))
    throw new ApiError(
      "BadRequest",
      "etcd.cert, etcd.key: a certificate is shown with its key, or not at all",
    );
  assertTogether(etcd);
  return etcd;
}

/** Throws BadRequest where what is shown to etcd cannot be: said before anything is asked, and by the names of the options. */
function assertTogether({ ca, cert, key }: EtcdOptions): void {
  const told = (what: string, cause: unknown) =>
    new ApiError("BadRequest", `${what}: ${messageOf(fieldsOf(cause).reason ?? cause)}`, {}, { cause });
  try {
    if (ca !== undefined) new X509Certificate(ca);
  } catch (cause) {
    throw told("etcd.ca is no certificate in PEM", cause);
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw told("etcd.key is not the key of etcd.cert", cause);
  }
}

/** Throws NotFound. */
function textOf(what: string, file: string | URL | undefined): string | undefined {
  if (file === undefined) return undefined;
  const path = resolve(pathOf(file));
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ApiError(
      "NotFound",
      `etcd.${what}: ${path} cannot be read: ${messageOf(error)}`,
      {},
      { cause: error },
    );
  }
}
