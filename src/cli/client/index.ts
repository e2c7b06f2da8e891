/**
 * The verbs that ask a running cluster, for machines without kubectl, and those that only k4s has. What each does is in a file of
 * its own, loaded when it is asked for.
 */
import { type Command, InvalidArgumentError } from "commander";

/** Adds them to the program. */
export function addClientVerbs(program: Command): void {
  const where = (command: Command): Command =>
    command
      .option("--kubeconfig <file>", "which kubeconfig (default: KUBECONFIG, or what k4s up has left)")
      .option("--context <name>", "which of its contexts")
      .option("-n, --namespace <name>", "which namespace");
  const files = (command: Command): Command =>
    command.option(
      "-f, --filename <path>",
      "a manifest, a folder of them, or - for what comes in",
      collect,
      [],
    );
  const target = "KIND/NAME, or KIND and NAME";

  where(program.command("get"))
    .description("print objects")
    .argument("<what...>", "KIND, KIND NAME…, or KIND/NAME…")
    .option("-A, --all-namespaces", "of all namespaces")
    .option("-l, --selector <labels>", "only those with these labels")
    .option("--field-selector <fields>", "only those with these fields")
    .option("-o, --output <how>", "wide, yaml, json or name")
    .option("-w, --watch", "go on with what changes")
    .action(async (what, options) => (await import("./get.ts")).get(what, options));

  where(program.command("describe"))
    .description("print an object with its events")
    .argument("<what...>", target)
    .action(async (what, options) => (await import("./describe.ts")).describe(what, options));

  where(files(program.command("apply")))
    .description("make manifests so")
    .option("--dry-run", "only ask whether it would be done")
    .action(async options => (await import("./apply.ts")).apply(options));

  where(files(program.command("delete")))
    .description("delete objects")
    .argument("[what...]", "KIND NAME…, or KIND/NAME…")
    .option("-l, --selector <labels>", "those with these labels")
    .option("--all", "all of the kind in the namespace")
    .option("--grace-period <seconds>", "how long its containers may take to end", whole)
    .option("--ignore-not-found", "that it is not there is no mistake")
    .option("--no-wait", "do not wait until they are gone")
    .action(async (what, options) => (await import("./delete.ts")).deleteObjects(what, options));

  where(program.command("logs"))
    .description("print what a container has printed")
    .argument("<pod>", "a pod, or KIND/NAME of what has pods")
    .option("-c, --container <name>", "which container")
    .option("-f, --follow", "go on with what it prints")
    .option("-p, --previous", "of its run before this one")
    .option("--tail <lines>", "only the last lines", whole)
    .option("--timestamps", "with the time of each line")
    .action(async (pod, options) => (await import("./logs.ts")).logs(pod, options));

  where(program.command("scale"))
    .description("set how many there are to be")
    .argument("<what...>", target)
    .requiredOption("--replicas <count>", "how many", whole)
    .action(async (what, options) => (await import("./scale.ts")).scale(what, options));

  const rollout = program
    .command("rollout")
    .description("how far a workload has come; restart, pause, resume it");
  where(rollout.command("status"))
    .argument("<what...>", target)
    .option("--timeout <seconds>", "how long to wait", whole, 300)
    .action(async (what, options) => (await import("./rollout.ts")).rolloutStatus(what, options));
  where(rollout.command("restart"))
    .argument("<what...>", target)
    .action(async (what, options) => (await import("./rollout.ts")).rolloutRestart(what, options));
  where(rollout.command("pause"))
    .argument("<what...>", target)
    .action(async (what, options) => (await import("./rollout.ts")).rolloutPause(what, options));
  where(rollout.command("resume"))
    .argument("<what...>", target)
    .action(async (what, options) => (await import("./rollout.ts")).rolloutResume(what, options));

  where(program.command("events"))
    .description("print what has happened")
    .option("-A, --all-namespaces", "in all namespaces")
    .option("--for <what>", "to one object, KIND/NAME")
    .action(async options => (await import("./events.ts")).events(options));

  where(program.command("exec"))
    .description("run a command in a container")
    .argument("<pod>", "a pod, or KIND/NAME of what has pods")
    .argument("<command...>", "behind --, the command and its arguments")
    .option("-c, --container <name>", "which container")
    .option("-i, --stdin", "pass on what comes in")
    .option("-t, --tty", "as in a terminal")
    .action(async (pod, command, options) => (await import("./exec.ts")).exec(pod, command, options));

  where(program.command("request"))
    .description("send a message to a worker function and print its answer")
    .argument("<target>", "a service, or pod/NAME, container/NAME")
    .argument("[body]", "JSON; a text that is none stands for itself")
    .action(async (to, body, options) => (await import("./messages.ts")).request(to, body, options));

  where(program.command("send"))
    .description("send a message to a worker function, without an answer")
    .argument("<target>", "a service, or pod/NAME, container/NAME")
    .argument("[body]", "JSON; a text that is none stands for itself")
    .action(async (to, body, options) => (await import("./messages.ts")).send(to, body, options));

  where(program.command("why"))
    .description("print the chain of writes that led to an object's state")
    .argument("<what...>", target)
    .option(
      "--scheduling",
      "why a pod is on its node or has none: nodes by plugins, and what would have to change",
    )
    .action(async (what, options) => (await import("./why.ts")).why(what, options));

  files(program.command("expand"))
    .description("print what the short forms of manifests stand for")
    .action(async options => (await import("./expand.ts")).expandManifests(options));

  files(program.command("validate"))
    .description("say whether a cluster would take manifests, without one")
    .option("--enable <plugin>", "an admission plugin to switch on; may be repeated", collect, [])
    .option("--disable <plugin>", "an admission plugin to switch off; may be repeated", collect, [])
    .action(async options => (await import("./validate.ts")).validate(options));
}

export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function whole(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError("a whole number, 0 or more, is wanted");
  return number;
}
