/** One process of `k4s up`, as a user starts it, and what a client needs to ask it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Access } from "./client.ts";
import { Program } from "./program.ts";

export const command = new URL("../dist/cli.js", import.meta.url).pathname;

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

export interface ControlPlaneOptions {
  /** Where its log and its kubeconfig lie. */
  readonly folder: string;
  readonly name?: string;
  readonly listen?: string;
  /** Where the cluster is kept, and what else is wanted: options of `k4s up`. */
  readonly args: readonly string[];
  readonly within?: readonly string[];
}

export class ControlPlane {
  readonly program: Program;
  readonly #kubeconfig: string;

  /** Starts it; `program.ready` says when it is there. */
  constructor({ folder, name = "k4s", listen = "127.0.0.1:0", args, within = [] }: ControlPlaneOptions) {
    this.#kubeconfig = join(folder, `${name}.kubeconfig`);
    const all = [command, "up", "--listen", listen, "--kubeconfig", this.#kubeconfig, "--no-node-ports"];
    const options = { folder, name, within, ready: /^ready:/m };
    this.program = new Program(process.execPath, [...all, ...args], options);
  }

  /** Resolves when it is ready. Rejects with what it printed where it ends before that. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const started = new ControlPlane(options);
    await started.program.ready;
    return started;
  }

  get access(): Access {
    const { clusters, users } = load(readFileSync(this.#kubeconfig, "utf8")) as Kubeconfig;
    const { server, "certificate-authority-data": authority } = clusters[0].cluster;
    return { url: server, ca: Buffer.from(authority, "base64").toString(), token: users[0].user.token };
  }
}
