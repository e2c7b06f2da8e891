/**
 * The verbs that ask a running cluster, for machines without kubectl, and those that only k4s has. What each does is in a file of
 * its own, loaded when it is asked for.
 */
import { type Command, Option } from "commander";
import { addNatsOptions } from "../nats-options.ts";
import {
  collect,
  label,
  percent,
  port,
  seconds,
  shutdownPeriod,
  taint,
  whole,
  wholeOrNone,
} from "./option-values.ts";

export { collect };

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

  where(program.command("autoscale"))
    .description("have a workload scaled by load (a HorizontalPodAutoscaler)")
    .argument("<what...>", target)
    .option("--min <count>", "how many replicas at least", whole, 1)
    .requiredOption("--max <count>", "how many at most", whole)
    .option("--cpu <percent>", "of the processor time that its pods request", percent, 80)
    .action(async (what, options) => (await import("./autoscale.ts")).autoscale(what, options));

  addRollout(program, where, target);
  addNode(program, where);
  addToken(program, where);

  where(program.command("policy").description("what NetworkPolicies allow").command("test"))
    .description(
      "say whether one may connect to another, and which policy and rule decides it; nothing is sent",
    )
    .argument("<from>", "a pod, a service (pod/NAME, service/NAME, NAME.NAMESPACE) or an address")
    .argument("<to[:port]>", "likewise, with a port by number or name; messages are meant without one")
    .addOption(new Option("--protocol <name>", "of the connection").choices(["TCP", "UDP", "SCTP"]))
    .addOption(new Option("-o, --output <how>", "as it is").choices(["json"]))
    .action(async (from, to, options) => (await import("./policy.ts")).policyTest(from, to, options));

  where(program.command("stats"))
    .description("print how large the cluster is, how full, and what it has done to heal and to scale")
    .addOption(new Option("-o, --output <how>", "as it is").choices(["json"]))
    .action(async options => (await import("./stats.ts")).stats(options));

  where(program.command("backup"))
    .description("write all objects of the cluster to a file, as they are at one moment")
    .argument("<file>", "which is replaced where it is there")
    .option("--encryption-key <file>", "the keys by which Secrets are encrypted in it")
    .option("--encryption-provider-config <file>", "the same as an EncryptionConfiguration")
    .action(async (file, options) => (await import("./backup.ts")).backup(file, options));

  addNatsOptions(
    where(program.command("export")),
    "that worker functions talk over there (default: one comes along)",
  )
    .description("write what runs as manifests and images for any Kubernetes")
    .argument("<folder>", "a new one")
    .option(
      "-f, --filename <file>",
      "a manifest, a folder of them, or - for what comes in: no cluster is asked",
      collect,
      [],
    )
    .option(
      "--images <folder>",
      "where images are found; may be repeated (default: ./workers where it is there)",
      collect,
      [],
    )
    .option("--registry <prefix>", "where the images are pushed to, as registry.example/shop")
    .option("--node <version>", "the version of Node in the images", "22")
    .option("--force", "write a folder anew that an export has written before")
    .action(async (folder, options) => (await import("./export.ts")).exportTo(folder, options));

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
    .argument("[body]", "JSON; a text that is none stands for itself; - reads it from the input")
    .action(async (to, body, options) => (await import("./messages.ts")).request(to, body, options));

  where(program.command("send"))
    .description("send a message to a worker function, without an answer")
    .argument("<target>", "a service, or pod/NAME, container/NAME")
    .argument("[body]", "JSON; a text that is none stands for itself; - reads it from the input")
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

type Where = (command: Command) => Command;

function addRollout(program: Command, where: Where, target: string): void {
  const rollout = program
    .command("rollout")
    .description("how far a workload has come; which templates it had; back to one; restart, pause, resume");
  const verb = (name: string, description: string) =>
    where(rollout.command(name)).description(description).argument("<what...>", target);
  verb("status", "wait until the present template is rolled out")
    .option("--timeout <duration>", "how long to wait: 90, 90s, 5m", seconds, 300)
    .option("--no-watch", "print how far it is, and do not wait")
    .action(async (what, options) => (await import("./rollout.ts")).rolloutWait(what, options));
  verb("history", "print the templates that are remembered")
    .option("--revision <number>", "one of them, whole", whole)
    .action(async (what, options) => (await import("./rollout.ts")).rolloutHistory(what, options));
  verb("undo", "go back to the template before")
    .option("--to-revision <number>", "to one by its number in the history", whole)
    .action(async (what, options) => (await import("./rollout.ts")).rolloutUndo(what, options));
  verb("restart", "replace all pods").action(async (what, options) =>
    (await import("./rollout.ts")).rolloutRestart(what, options),
  );
  verb("pause", "let a changed template wait").action(async (what, options) =>
    (await import("./rollout.ts")).rolloutPause(what, options),
  );
  verb("resume", "roll out what waits").action(async (what, options) =>
    (await import("./rollout.ts")).rolloutResume(what, options),
  );
}

function addToken(program: Command, where: Where): void {
  const token = program.command("token").description("tokens with which nodes join (bootstrap tokens)");
  where(token.command("create"))
    .description("make one, and print how a node joins with it")
    .option(
      "--ttl <duration>",
      "how long it is good: 90, 90s, 5m, 24h; 0: until it is deleted",
      seconds,
      86_400,
    )
    .option("--description <text>", "what it is for")
    .action(async options => (await import("./token.ts")).tokenCreate(options));
  where(token.command("list"))
    .description("print those that there are, without their secrets")
    .action(async options => (await import("./token.ts")).tokenList(options));
  where(token.command("delete"))
    .description("nobody can join with these any more")
    .argument("<id...>", "their first six characters, or the whole tokens")
    .action(async (ids, options) => (await import("./token.ts")).tokenDelete(ids, options));
}

function addNode(program: Command, where: Where): void {
  const node = program
    .command("node")
    .description("join a cluster as a node; or do to nodes what happens to real ones")
    .enablePositionalOptions()
    .option("--join <url>", "the cluster whose node this machine is to be: https://host:6443")
    .option(
      "--token <token>",
      "a bootstrap token (k4s token create); not needed where --data has a certificate",
    )
    .option("--token-file <file>", "a file that holds it: what stands in a command others can see")
    .option("--ca-file <file>", "the certificate of the cluster's authority")
    .option("--ca-hash <hash>", "or the hash of its key: sha256:…")
    .option(
      "--data <folder>",
      "where its key and certificate are kept: so it is the same node when it comes again",
    )
    .option("--name <name>", "what it is called (default: the name of this machine)")
    .option("--address <address>", "by which others reach it (default: by which it reaches the cluster)")
    .option("--port <port>", "where its kubelet listens there (default: any free port)", port)
    .option("--images <folder>", "where images are found; may be repeated (default: ./workers)", collect, [])
    .addOption(
      new Option("--unknown-images <how>", "images that no folder and no catalogue knows")
        .choices(["refuse", "hollow"])
        .default("refuse"),
    )
    .option("--allow-host-path <folder>", "a folder of this machine that pods may mount", collect, [])
    .option("--cpu <quantity>", "its processors (default: those of this machine)")
    .option("--memory <quantity>", "its memory, likewise")
    .option("--pods <count>", "how many pods it takes (default: 110)")
    .option("--label <key=value>", "a label; may be repeated", label, {})
    .option("--taint <key=value:effect>", "a taint; may be repeated", taint, [])
    .action(async (options, command: Command) => {
      if (options.join === undefined) command.help({ error: true });
      await (await import("../join.ts")).join(options);
    });
  addNatsOptions(node);
  where(node.command("list"))
    .description("print the nodes that the cluster runs")
    .action(async options => (await import("./node.ts")).nodeList(options));
  where(node.command("add"))
    .description("a further node joins")
    .argument("[name]", "what it is called; the next free node-N where left out")
    .option("--cpu <quantity>", "its processors; as the other nodes where left out")
    .option("--memory <quantity>", "its memory, likewise")
    .option("--pods <count>", "how many pods it takes, likewise")
    .option("--label <key=value>", "a label; may be repeated", label, {})
    .option("--taint <key=value:effect>", "a taint; may be repeated", taint, [])
    .action(async (name, options) => (await import("./node.ts")).nodeAdd(name, options));
  const acts = {
    stop: "shut nodes down: their pods end within their grace periods",
    crash: "lose nodes from one moment to the next",
    freeze: "cut nodes off: what runs there goes on, and is not heard of",
    start: "bring nodes back that were stopped, have crashed or are frozen",
    remove: "take nodes out of the cluster, and their pods with them: drain them first to move those",
  } as const;
  for (const act of ["stop", "crash", "freeze", "start", "remove"] as const) {
    const command = where(node.command(act)).description(acts[act]).argument("<name...>", "which");
    if (act === "stop")
      command.option(
        "--shutdown-grace-period <priority=time>",
        "how long pods of this priority and more have (0=20s); may be repeated",
        shutdownPeriod,
        [],
      );
    command.action(async (names, options) => (await import("./node.ts")).nodeAct(act, names, options));
  }
  const eachNode = (verb: string, description: string) =>
    where(node.command(verb)).description(description).argument("<name...>", "which");
  eachNode("cordon", "no further pod comes to these nodes; those that are there stay").action(
    async (names, options) => (await import("./drain.ts")).nodeCordon(names, options, true),
  );
  eachNode("uncordon", "pods may come to these nodes again").action(async (names, options) =>
    (await import("./drain.ts")).nodeCordon(names, options, false),
  );
  eachNode("drain", "cordon nodes and move their pods away, as budgets allow")
    .option("--force", "pods that no controller owns go too")
    .option("--ignore-daemonsets", "pods of DaemonSets are left alone")
    .option("--delete-emptydir-data", "pods with an emptyDir go too, and what is in it is lost")
    .option("--disable-eviction", "delete pods, whatever budgets say")
    .option("--grace-period <seconds>", "how long each pod has to end; -1: its own time", wholeOrNone, -1)
    .option("--pod-selector <labels>", "only pods with these labels")
    .option("--timeout <duration>", "how long to try: 90, 90s, 5m; 0: as long as it takes", seconds, 0)
    .action(async (names, options) => (await import("./drain.ts")).nodeDrain(names, options));
}
