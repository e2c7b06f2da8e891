/** One process of `k4s up --data`, as a user starts it, and what a client needs to ask it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { load } from "js-yaml";

const command = new URL("../dist/cli.js", import.meta.url).pathname;

export interface Access {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

export class KeptProcess {
  readonly #child: ChildProcess;
  readonly access: Access;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, access: Access) {
    this.#child = child;
    this.access = access;
    this.#ended =
      child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
  }

  /** Resolves when it says that it is ready. Rejects with what it printed where it ends before that. */
  static async start(folder: string): Promise<KeptProcess> {
    const kubeconfig = join(folder, "kubeconfig");
    const options = [
      "--data",
      join(folder, "data"),
      "--kubeconfig",
      kubeconfig,
      "--nodes",
      "1",
      "--no-node-ports",
    ];
    const child = spawn(process.execPath, [command, "up", "--listen", "127.0.0.1:0", ...options], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const printed: string[] = [];
    createInterface({ input: child.stderr }).on("line", line => printed.push(line));
    const output = createInterface({ input: child.stdout });
    let isReady = false;
    for await (const line of output) {
      isReady = line.startsWith("ready:");
      if (isReady) break;
    }
    if (!isReady) throw new Error(`k4s up ended: ${printed.join("\n")}`);
    // What it prints later is not waited for by anybody.
    child.stdout.resume();
    const { clusters, users } = load(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
    const { server, "certificate-authority-data": authority } = clusters[0].cluster;
    const ca = Buffer.from(authority, "base64").toString();
    return new KeptProcess(child, { url: server, ca, token: users[0].user.token });
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Resolves when it is gone. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}
