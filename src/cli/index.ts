/**
 * The k4s command: which verbs there are and what each takes. What a verb does is in a file of its own, loaded when it is
 * asked for, so that `k4s --help` answers at once.
 */
import { createRequire } from "node:module";
import { Command, InvalidArgumentError, Option } from "commander";
import { addClientVerbs, collect } from "./client/index.ts";
import { addEtcdOptions } from "./etcd-options.ts";
import { addNatsOptions } from "./nats-options.ts";

const { version } = createRequire(import.meta.url)("k4s/package.json") as { readonly version: string };

export const program = new Command("k4s")
  // What stands behind a verb is the verb's, of several words, too.
  .enablePositionalOptions()
  .description("A Kubernetes whose containers are threads.")
  .version(version, "-v, --version")
  .showHelpAfterError("(k4s --help tells what there is)")
  .configureHelp({ sortSubcommands: true });

/** What takes one value can stand in the environment, too: `K4S_LISTEN`. */
function withVariable(option: Option): Option {
  const isOfOneValue = (option.required || option.optional) && !Array.isArray(option.defaultValue);
  if (!isOfOneValue) return option;
  const name = `K4S_${option.attributeName().replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
  // An empty one is as good as none: what starts programs often passes all that it knows, set or not.
  return process.env[name] === "" ? option : option.env(name);
}

/** The options of a cluster, the same for all that start one. */
function withClusterOptions(command: Command): Command {
  const add = command.addOption.bind(command);
  command.addOption = option => add(withVariable(option));
  return addEtcdOptions(addNatsOptions(command))
    .option("--config <file>", "settings in YAML: controller.api, etcd, workers, resync_period, …")
    .option(
      "-f, --filename <path>",
      "a manifest, or a folder of them, to apply first; may be repeated",
      collect,
      [],
    )
    .option(
      "--images <folder>",
      "where images are found; may be repeated (default: ./workers where it is there)",
      collect,
      [],
    )
    .option("--nodes <count>", "how many nodes", positive, 1)
    .option(
      "--node-name-prefix <text>",
      "what their names begin with (default: node; with --etcd the name of this machine)",
    )
    .option("--listen <host:port>", "where the API is served", "127.0.0.1:0")
    .option(
      "--node-address <ip>",
      "by which address of this machine others reach its nodes (default: as the API's)",
    )
    .option("--dns <host:port>", "where the cluster's DNS server answers; there is none where left out")
    .option("--ingress <host:port>", "where Ingresses are reached, over HTTP and HTTPS")
    .option(
      "--no-node-ports",
      "open no ports of this machine for Services of the types NodePort and LoadBalancer",
    )
    .addOption(
      new Option("--unknown-images <how>", "images that no folder and no catalogue knows")
        .choices(["refuse", "hollow"])
        .default("refuse"),
    )
    .option(
      "--volumes <folder>",
      "where the volumes of claims lie, and are found again (default: in --data, else a temporary folder)",
    )
    .option(
      "--csi-driver <name=socket>",
      "a storage driver of another process, and the socket where it serves CSI; may be repeated",
      collect,
      [],
    )
    .option(
      "--allow-host-path <folder>",
      "a folder of this machine that pods may mount; may be repeated (default: none)",
      collect,
      [],
    )
    .option("--no-rbac", "let pods of the account default do everything")
    .option(
      "--data <folder>",
      "where the cluster is kept: the next one with it goes on there (default: in memory)",
    )
    .option("--encryption-key <file>", "the keys by which Secrets are encrypted there, one a line in base64")
    .option("--encryption-provider-config <file>", "the same as an EncryptionConfiguration")
    .option("--audit-log <file>", "where a line is written for each request; - for standard output")
    .option("--audit-policy <file>", "which requests it tells of, and how much (audit.k8s.io/v1)")
    .option("--scheduler-config <file>", "what the scheduler does (KubeSchedulerConfiguration)")
    .option("--tls-cert <file>", "the certificate that the API is served with (default: one of its own)")
    .option("--tls-key <file>", "its key")
    .option("--tls-ca <file>", "by whom clients are to trust it (default: by itself)")
    .option("--workers <count>", "how many objects each controller works on at once", positive)
    .option("--resync-period <duration>", "how often every object is looked at again (default: 1s)")
    .option("--leader-election [true|false]", "agree by leases who runs the controllers and the scheduler")
    .option(
      "--leader-elect-lease-duration <duration>",
      "when others take a lease they do not see renewed (default: 15s)",
    )
    .option(
      "--leader-elect-renew-deadline <duration>",
      "when who cannot renew it leads no more (default: 10s)",
    )
    .option("--leader-elect-retry-period <duration>", "how often it is tried (default: 2s)")
    .option("--features <name=true|false,…>", "what is switched on or off, such as pod_affinity=false")
    .option("--no-tls", "serve without encryption, on loopback only")
    .option("--name <name>", "what cluster, user and context are called in it", "k4s")
    .option("--kubeconfig <file>", "where the file is written by which clients find the cluster");
}

withClusterOptions(program.command("up"))
  .description("start a cluster and serve its API until Ctrl-C")
  .action(async (_, command: Command) => {
    const [{ up }, { startOptions }] = await Promise.all([import("./up.ts"), import("./start.ts")]);
    await up(startOptions(command));
  });

withClusterOptions(program.command("with"))
  .description("start a cluster, run a command with KUBECONFIG set, end with its exit code")
  .argument("<command...>", "behind --, the command and its arguments")
  .action(async (words: string[], _, command: Command) => {
    const [{ withCluster }, { startOptions }] = await Promise.all([
      import("./with.ts"),
      import("./start.ts"),
    ]);
    await withCluster(words, startOptions(command));
  });

addClientVerbs(program);

addEtcdOptions(
  program
    .command("restore")
    .description("bring a backup to where k4s up --data, or k4s up --etcd, goes on with it")
    .argument("<file>", "what k4s backup has written")
    .option("--data <folder>", "an empty folder, or one that is not there yet"),
)
  .option("--encryption-key <file>", "the keys by which Secrets are encrypted in both")
  .option("--encryption-provider-config <file>", "the same as an EncryptionConfiguration")
  .action(async (file, options) => {
    const { restore } = await import("./restore.ts");
    await restore(file, options);
  });

program
  .command("images")
  .description("list the images of the folders, and those that come along")
  .option(
    "--images <folder>",
    "where images are found; may be repeated (default: ./workers where it is there)",
    collect,
    [],
  )
  .action(async options => {
    const { images } = await import("./images.ts");
    images(options);
  });

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("a whole number, 1 or more, is wanted");
  return number;
}
