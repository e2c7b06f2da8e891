/**
 * Encryption of what lies on a disk or in etcd, as kube-apiserver does it (`EncryptionConfiguration`), by the same layout: a mark that
 * names the provider and the key (`k8s:enc:aesgcm:v1:key1:`), then nonce, ciphertext and tag. The place where it lies is authenticated
 * with it, so that nobody moves a Secret to where another is read. The first key writes; all that are given read.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ApiError } from "../errors/index.ts";
import type { ObjectKey } from "./store.ts";

export interface EncryptionKey {
  readonly provider: "aesgcm" | "aescbc";
  readonly name: string;
  /** 16, 24 or 32 bytes. */
  readonly secret: Buffer;
}

/** Which resources are kept how. */
export interface EncryptionRule {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` (of the core), `*.*`. The first rule that names a resource counts. */
  readonly resources: readonly string[];
  /** What writes; undefined: as it is. */
  readonly writes: EncryptionKey | undefined;
}

/** What a driver needs to encrypt objects. */
export interface SealingOptions {
  readonly encryption: EncryptionAtRest;
  /** As rules call it: `secrets`; empty for a kind that is not known. */
  readonly resourceOf: (key: Pick<ObjectKey, "kind">) => string;
}

const mark = "k8s:enc:";
const tagLength = 16;

export class EncryptionAtRest {
  readonly #rules: readonly EncryptionRule[];
  /** By mark. */
  readonly #keys: ReadonlyMap<string, EncryptionKey>;

  /** @param keys all that may have written */
  constructor(rules: readonly EncryptionRule[], keys: readonly EncryptionKey[]) {
    this.#rules = rules;
    this.#keys = new Map(keys.map(key => [markOf(key), key]));
  }

  /** @param resource `secrets`, `deployments.apps` */
  seals(resource: string): boolean {
    return this.#writerOf(resource) !== undefined;
  }

  /** What is to be kept in the place of the text; undefined where that is kept as it is. */
  seal(resource: string, place: string, text: string): Buffer | undefined {
    const key = this.#writerOf(resource);
    return key && Buffer.concat([Buffer.from(markOf(key)), sealed(key, place, text)]);
  }

  /** The text again. Throws ServiceUnavailable where the key is not there, or is another. */
  open(place: string, stored: Buffer): string {
    const found = /^k8s:enc:\w+:v1:[^:]*:/.exec(stored.subarray(0, 256).toString("latin1"))?.[0] ?? "";
    const key = this.#keys.get(found);
    if (!key) throw unreadable(place, found, "which is not given");
    try {
      return opened(key, place, stored.subarray(found.length));
    } catch (cause) {
      const problem =
        "and the key that is given under this name is another, or what is kept there is damaged";
      throw unreadable(place, found, problem, cause);
    }
  }

  /** Whether what was read is kept otherwise than it would be written now. */
  isStale(resource: string, stored: Buffer | undefined): boolean {
    const key = this.#writerOf(resource);
    if (!key || !stored) return key !== undefined || stored !== undefined;
    return !stored.subarray(0, markOf(key).length).equals(Buffer.from(markOf(key)));
  }

  #writerOf(resource: string): EncryptionKey | undefined {
    return this.#rules.find(({ resources }) => resources.some(each => covers(each, resource)))?.writes;
  }
}

/** Whether it is something that `seal` has made: JSON begins otherwise. */
export function isSealed(stored: Buffer): boolean {
  return stored.subarray(0, mark.length).toString("latin1") === mark;
}

function markOf({ provider, name }: EncryptionKey): string {
  return `${mark}${provider}:v1:${name}:`;
}

function covers(rule: string, resource: string): boolean {
  if (rule === "*.*") return true;
  if (!rule.startsWith("*.")) return rule === resource;
  const [, group = ""] = /^[^.]*\.(.*)$/.exec(resource) ?? [];
  return rule.slice(2) === group;
}

function sealed({ provider, secret }: EncryptionKey, place: string, text: string): Buffer {
  if (provider === "aescbc") {
    const iv = randomBytes(16);
    const cipher = createCipheriv(`aes-${secret.length * 8}-cbc`, secret, iv);
    return Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final()]);
  }
  const nonce = randomBytes(12);
  const cipher = createCipheriv(gcm(secret), secret, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

function opened({ provider, secret }: EncryptionKey, place: string, bytes: Buffer): string {
  if (provider === "aescbc") {
    const decipher = createDecipheriv(`aes-${secret.length * 8}-cbc`, secret, bytes.subarray(0, 16));
    return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString("utf8");
  }
  const end = bytes.length - tagLength;
  const decipher = createDecipheriv(gcm(secret), secret, bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(end));
  return Buffer.concat([decipher.update(bytes.subarray(12, end)), decipher.final()]).toString("utf8");
}

function gcm(secret: Buffer): "aes-256-gcm" | "aes-192-gcm" | "aes-128-gcm" {
  if (secret.length === 32) return "aes-256-gcm";
  return secret.length === 24 ? "aes-192-gcm" : "aes-128-gcm";
}

function unreadable(place: string, found: string, problem: string, cause?: unknown): ApiError {
  const [, , provider = "", , name = ""] = found.split(":");
  const by =
    found === "" ? "in a way that is not known" : `with the key ${JSON.stringify(name)} (${provider})`;
  const advice = "start with the keys that it was written with (--encryption-key); nothing was changed";
  const text = `${place} is encrypted ${by}, ${problem}: ${advice}`;
  return new ApiError("ServiceUnavailable", text, {}, { cause });
}
