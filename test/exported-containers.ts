/**
 * Exported pods as processes of this machine, in place of a container engine: each container runs what its Dockerfile says, in the folder of
 * its image, with the environment that its manifest gives it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds, whose fields the tests know.
export type Manifest = any;

export interface Running {
  readonly child: ChildProcess;
  readonly output: { text: string };
  readonly env: Readonly<Record<string, string>>;
  /** Resolves once what it has printed holds the text. */
  prints(text: string): Promise<void>;
  /** Ends it, and resolves to its exit code, or the signal. */
  end(signal?: NodeJS.Signals): Promise<number | string | null>;
}

export interface PodOptions {
  readonly folder: string;
  readonly pod: string;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The port of its probes, for pods of one address here. */
  readonly port: number;
}

/** The first container of a workload's template, as the container of this pod. */
export function runContainer(workload: Manifest, { folder, pod, secrets, port }: PodOptions): Running {
  const { metadata, spec } = workload.spec.template;
  const [container] = spec.containers;
  const image = join(folder, "images", imageFolder(container.image));
  const dockerfile = readFileSync(join(image, "Dockerfile"), "utf8");
  const entrypoint: string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "[]");
  // What the image has at its root.
  const modules = join(image, "node_modules");
  if (existsSync(join(image, "k4s", "node_modules")) && !existsSync(modules))
    symlinkSync(join("k4s", "node_modules"), modules);
  const fields: Record<string, string> = {
    "metadata.name": pod,
    "metadata.namespace": workload.metadata.namespace,
    "spec.nodeName": "node-a",
  };
  const env = Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }: Manifest) => {
      const { secretKeyRef, fieldRef } = valueFrom ?? {};
      if (fieldRef) return [name, fields[fieldRef.fieldPath]];
      return [name, secretKeyRef ? secrets[secretKeyRef.name]?.[secretKeyRef.key] : value];
    }),
  );
  if (env.K4S_PORT) env.K4S_PORT = String(port);
  // Tests ask over that port what they want to know.
  delete env.K4S_QUESTIONS;
  const [program = "", ...args] = [...entrypoint, ...(container.args ?? [])].map(word =>
    word.replace(/^\/(app|k4s)\//, (_: string, top: string) => `${join(image, top)}/`),
  );
  const child = spawn(program === "node" ? process.execPath : program, args, {
    cwd: join(image, "app"),
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", piece => (output.text += piece));
  const ended = once(child, "close");
  return {
    child,
    output,
    env: { ...env, labels: JSON.stringify(metadata.labels) },
    async prints(text) {
      while (!output.text.includes(text)) {
        const [what] = await Promise.race([once(child.stdout, "data"), once(child.stderr, "data"), ended]);
        if (!Buffer.isBuffer(what) && !output.text.includes(text))
          throw new Error(`it ended with ${what} and has not printed ${text}:\n${output.text}`);
      }
    },
    async end(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
      return child.exitCode ?? child.signalCode;
    },
  };
}

function imageFolder(reference: string): string {
  const [name = "", tag] = reference.replace(/^[^/]*\//, "").split(":");
  return `${name.replaceAll("/", ".")}${tag === "latest" ? "" : `.${tag}`}`;
}
