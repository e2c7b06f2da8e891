/** The options of `k4s up` that say where an etcd is, and how it is reached. */
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import type { EtcdClusterOptions } from "../cluster/index.ts";
import { ApiError, messageOf } from "../errors/index.ts";

/** As commander gives them. */
export interface EtcdFlags {
  readonly etcd?: string;
  readonly etcdPrefix?: string;
  readonly etcdCaFile?: string;
  readonly etcdCertFile?: string;
  readonly etcdKeyFile?: string;
  readonly etcdUser?: string;
  readonly etcdPasswordFile?: string;
  /** The password itself, of a configuration file: no flag has it, for others see those. */
  readonly etcdPassword?: string;
  readonly etcdDialTimeout?: number;
}

export function addEtcdOptions(command: Command): Command {
  return command
    .option(
      "--etcd <urls>",
      "the etcd where the cluster is kept, its members separated by commas; others that name it have the cluster in common",
    )
    .option("--etcd-prefix <path>", "what all keys begin with there (default: /registry)")
    .option("--etcd-ca-file <file>", "who has signed etcd's certificates (PEM)")
    .option("--etcd-cert-file <file>", "the certificate that etcd is shown (PEM)")
    .option("--etcd-key-file <file>", "its key (PEM)")
    .option("--etcd-user <name>", "who we are to etcd")
    .option("--etcd-password-file <file>", "a file with the password")
    .option(
      "--etcd-dial-timeout <seconds>",
      "how long connecting, and an answer, may take (default: 5)",
      seconds,
    );
}

/** Undefined where no etcd is named. Throws BadRequest where only the rest is, NotFound for a password file that cannot be read. */
export function etcdOf(flags: EtcdFlags): EtcdClusterOptions | undefined {
  const { etcd, etcdPrefix, etcdCaFile, etcdCertFile, etcdKeyFile, etcdUser, etcdPasswordFile } = flags;
  if (etcd === undefined) {
    const [stray] =
      Object.entries(flags).find(([name, value]) => /^etcd[A-Z]/.test(name) && value !== undefined) ?? [];
    if (stray === undefined) return undefined;
    const flag = stray.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    throw new ApiError(
      "BadRequest",
      `--${flag} says how etcd is reached, and --etcd does not say where it is`,
    );
  }
  const endpoints = etcd
    .split(",")
    .map(each => each.trim())
    .filter(each => each !== "");
  if (endpoints.length === 0)
    throw new ApiError("BadRequest", "--etcd: one URL at least is wanted, such as http://127.0.0.1:2379");
  return {
    endpoints,
    ...(etcdPrefix !== undefined && { prefix: etcdPrefix }),
    ...(flags.etcdDialTimeout !== undefined && { dialTimeoutMs: flags.etcdDialTimeout * 1_000 }),
    ...(etcdCaFile !== undefined && { ca: etcdCaFile }),
    ...(etcdCertFile !== undefined && { cert: etcdCertFile }),
    ...(etcdKeyFile !== undefined && { key: etcdKeyFile }),
    ...(etcdUser !== undefined && { user: etcdUser }),
    ...(flags.etcdPassword !== undefined && { password: flags.etcdPassword }),
    ...(etcdPasswordFile !== undefined && { password: passwordIn(etcdPasswordFile) }),
  };
}

function passwordIn(file: string): string {
  try {
    return readFileSync(file, "utf8").trimEnd();
  } catch (error) {
    throw new ApiError("NotFound", `--etcd-password-file ${file} cannot be read: ${messageOf(error)}`);
  }
}

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number)))
    throw new InvalidArgumentError("a number of seconds above 0 is wanted");
  return number;
}
