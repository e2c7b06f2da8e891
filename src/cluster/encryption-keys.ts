/**
 * The keys that Secrets are encrypted with where they are kept: of a file with a key a line (`--encryption-key`), or of an
 * EncryptionConfiguration as kube-apiserver takes it (`--encryption-provider-config`).
 */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  ApiError,
  all,
  each,
  messageOf,
  must,
  name,
  needed,
  object,
  options,
  type Rule,
  shaped,
} from "../errors/index.ts";
import { type KindDefinition, type KindRegistry, plainYaml } from "../resources/index.ts";
import {
  EncryptionAtRest,
  type EncryptionKey,
  type EncryptionRule,
  type SealingOptions,
} from "../store/index.ts";
import { type ClusterOptions, pathOf } from "./options/index.ts";

export type EncryptionOptions = Pick<ClusterOptions, "encryptionKey" | "encryptionProviderConfig">;

/** Undefined where nothing is to be encrypted. Throws BadRequest where a file is not what it should be. */
export function encryptionFor({
  encryptionKey,
  encryptionProviderConfig,
}: EncryptionOptions): EncryptionAtRest | undefined {
  if (encryptionKey !== undefined && encryptionProviderConfig !== undefined)
    throw new ApiError("BadRequest", "encryptionKey, encryptionProviderConfig: one of them says it all");
  if (encryptionKey !== undefined) return ofKeys(pathOf(encryptionKey));
  return encryptionProviderConfig === undefined
    ? undefined
    : ofConfiguration(pathOf(encryptionProviderConfig));
}

/** The same for what keeps objects, which knows their kinds by name. */
export function sealingFor(options: EncryptionOptions, kinds: KindRegistry): SealingOptions | undefined {
  const encryption = encryptionFor(options);
  return encryption && { encryption, resourceOf: ({ kind }) => resourceOf(kinds.get(kind)) };
}

/** As an EncryptionConfiguration calls it: `secrets`, `deployments.apps`. */
export function resourceOf(kind: Pick<KindDefinition, "plural" | "group"> | undefined): string {
  if (!kind) return "";
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** One that has the first place writes, all read. They are named by their digest: in which order they stand says nothing of what they have written. */
function ofKeys(file: string): EncryptionAtRest {
  const lines = textOf(file)
    .split("\n")
    .map(line => line.trim())
    .filter(line => line !== "" && !line.startsWith("#"));
  const keys = lines.map((line, i): EncryptionKey => {
    const secret = bytesOf(line);
    if (secret?.length !== 32)
      throw refused(file, `key ${i + 1} is not 32 bytes in base64 (head -c 32 /dev/urandom | base64)`);
    return { provider: "aesgcm", name: hash("sha256", secret, "hex").slice(0, 12), secret };
  });
  const [writes] = keys;
  if (!writes) throw refused(file, "it has no key: a line with 32 bytes in base64 is wanted");
  return new EncryptionAtRest([{ resources: ["secrets"], writes }], keys);
}

interface Provider {
  readonly aesgcm?: { readonly keys: readonly NamedKey[] };
  readonly aescbc?: { readonly keys: readonly NamedKey[] };
  readonly identity?: object;
}
interface NamedKey {
  readonly name: string;
  readonly secret: string;
}
interface Configuration {
  readonly resources: readonly {
    readonly resources: readonly string[];
    readonly providers: readonly Provider[];
  }[];
}

/** It is not shown, whatever it is. */
const secret = (lengths: readonly number[]): Rule => {
  const wanted = `${lengths.join(", ")} bytes in base64`;
  return (value, path) =>
    typeof value === "string" && lengths.includes(bytesOf(value)?.length ?? 0)
      ? []
      : [`${path} must be ${wanted}`];
};
const keys = (lengths: readonly number[]) =>
  shaped({
    keys: needed(
      all(
        must("a list of one key or more", value => Array.isArray(value) && value.length > 0),
        each(shaped({ name: needed(keyName), secret: secret(lengths) })),
      ),
    ),
  });
const keyName = must(
  "a name without colons",
  value => typeof value === "string" && value !== "" && !value.includes(":"),
);
const lengths = [32, 24, 16];
const one: Rule = (value, path) => {
  const known = Object.keys((value ?? {}) as object);
  const foreign = known.filter(each => each === "secretbox" || each === "kms");
  if (foreign.length > 0)
    return [`${path}.${foreign[0]} is not supported here: aesgcm, aescbc and identity are`];
  return known.length === 1 ? [] : [`${path} must have one of aesgcm, aescbc and identity`];
};
const configuration = shaped({
  apiVersion: must("apiserver.config.k8s.io/v1", value => value === "apiserver.config.k8s.io/v1"),
  kind: must("EncryptionConfiguration", value => value === "EncryptionConfiguration"),
  resources: needed(
    each(
      shaped({
        resources: needed(each(name)),
        providers: needed(
          each(all(object, one, options({ aesgcm: keys(lengths), aescbc: keys(lengths), identity: object }))),
        ),
      }),
    ),
  ),
});

function ofConfiguration(file: string): EncryptionAtRest {
  let read: unknown;
  try {
    read = plainYaml(textOf(file));
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw refused(file, `it is no YAML: ${messageOf(cause)}`);
  }
  const kind = (read as { readonly kind?: unknown } | undefined)?.kind;
  if (kind !== "EncryptionConfiguration") throw refused(file, "it is no EncryptionConfiguration");
  const problems = configuration(read, "options");
  if (problems.length > 0) throw refused(file, problems.join("; ").replaceAll("options.", ""));
  const all: EncryptionKey[] = [];
  const rules = (read as Configuration).resources.map(({ resources, providers }): EncryptionRule => {
    const writers = providers.map(provider => keysOf(provider));
    all.push(...writers.flat());
    return { resources, writes: writers[0]?.[0] };
  });
  return new EncryptionAtRest(rules, all);
}

/** None of `identity`. */
function keysOf({ aesgcm, aescbc }: Provider): EncryptionKey[] {
  const of = (provider: EncryptionKey["provider"], keys: readonly NamedKey[] = []) =>
    keys.map(({ name, secret }) => ({ provider, name, secret: Buffer.from(secret, "base64") }));
  return [...of("aesgcm", aesgcm?.keys), ...of("aescbc", aescbc?.keys)];
}

/** Undefined where it is no base64. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "") ? bytes : undefined;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw refused(file, `it cannot be read: ${messageOf(cause)}`);
  }
}

function refused(file: string, problem: string): ApiError {
  return new ApiError("BadRequest", `the keys in ${file} cannot be used: ${problem}`);
}
