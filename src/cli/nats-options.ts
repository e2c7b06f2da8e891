/** The options by which commands are told where NATS is, and who asks there. */
import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { ApiError } from "../errors/index.ts";
import type { NatsOptions } from "../network/index.ts";

/** As commander gives them. */
export interface NatsFlags {
  /** Its servers, also several with commas between them. */
  readonly nats: readonly string[];
  readonly natsUser?: string;
  readonly natsPasswordFile?: string;
  readonly natsTokenFile?: string;
  readonly natsCredsFile?: string;
  readonly natsCaFile?: string;
  readonly natsCertFile?: string;
  readonly natsKeyFile?: string;
}

/** The flags, for all that start a cluster, join one or export it. */
export function addNatsOptions(
  command: Command,
  what = "by which messages pass to pods of other processes",
): Command {
  return command
    .option(
      "--nats <url>",
      `the NATS ${what}: nats://host:4222; may be repeated`,
      (url: string, before: readonly string[]) => [...before, url],
      [],
    )
    .option("--nats-user <name>", "who asks there; the URL may say it, too")
    .option("--nats-password-file <file>", "the file with its password")
    .option("--nats-token-file <file>", "a file with a token instead")
    .option("--nats-creds-file <file>", "a file with credentials instead, as nsc writes it")
    .option("--nats-ca-file <file>", "whom the certificate of the NATS server must be signed by, in PEM")
    .option("--nats-cert-file <file>", "the certificate that is shown to it, in PEM")
    .option("--nats-key-file <file>", "the key of that certificate, in PEM");
}

/** Nothing where no NATS is named. Throws NotFound for a file that is not there, BadRequest for what is said of a NATS that is not named. */
export function natsOptions(flags: NatsFlags): { readonly nats?: NatsOptions } {
  const servers = flags.nats.flatMap(each => each.split(",")).filter(each => each !== "");
  const said = Object.entries(flags).find(([flag, value]) => /^nats[A-Z]/.test(flag) && value !== undefined);
  if (servers.length === 0) {
    if (!said) return {};
    throw new ApiError("BadRequest", `${flagOf(said[0])} is for a NATS: --nats says which`);
  }
  return {
    nats: {
      servers,
      user: flags.natsUser,
      password: textOf("--nats-password-file", flags.natsPasswordFile),
      token: textOf("--nats-token-file", flags.natsTokenFile),
      creds: fileOf("--nats-creds-file", flags.natsCredsFile),
      ca: fileOf("--nats-ca-file", flags.natsCaFile),
      cert: fileOf("--nats-cert-file", flags.natsCertFile),
      key: fileOf("--nats-key-file", flags.natsKeyFile),
    },
  };
}

function flagOf(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}

function fileOf(flag: string, file: string | undefined): string | undefined {
  if (file === undefined || existsSync(file)) return file;
  throw new ApiError("NotFound", `${flag} ${file}: there is no such file`);
}

/** Without the line's end that editors put behind it. */
function textOf(flag: string, file: string | undefined): string | undefined {
  const found = fileOf(flag, file);
  return found === undefined ? undefined : readFileSync(found, "utf8").trimEnd();
}
