/** A cluster that serves its API while the tests of a file run, and the real kubectl and helm, told where it is. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type ClusterOptions } from "k4s";
import { afterAll, beforeAll } from "vitest";
import { type Ended, run, type Tool, toolPath } from "./kubectl.ts";

export interface ServedCluster {
  /** Of its own, gone after the tests; the tools have it as their home. */
  readonly folder: string;
  /** The text of the kubeconfig, once the tests run. */
  kubeconfig(): string;
  /** Runs a command line of words without blanks; `input` is its stdin. */
  tool(name: Tool, line: string, input?: string): Promise<Ended>;
  /** What kubectl printed, blanks as one. Fails with what it said where it failed. */
  kubectl(line: string, input?: string): Promise<string>;
  /** What kubectl said where it is to fail. */
  refusal(line: string, input?: string): Promise<string>;
}

/** To be called in a `describe`: starts the cluster before its tests, and stops it after them. */
export function servedCluster(options: ClusterOptions): ServedCluster {
  const folder = mkdtempSync(join(tmpdir(), "k4s-served-"));
  const file = join(folder, "kubeconfig");
  const cluster = new Cluster(options);
  let kubeconfig = "";
  beforeAll(async () => {
    // Unpacked here, where there is time for it.
    toolPath("helm");
    toolPath("kubectl");
    await cluster.start();
    ({ kubeconfig } = await cluster.serve());
    writeFileSync(file, kubeconfig);
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const tool = (name: Tool, line: string, input?: string) =>
    run(name, line.split(" "), { KUBECONFIG: file, HOME: folder }, input);
  return {
    folder,
    kubeconfig: () => kubeconfig,
    tool,
    async kubectl(line, input) {
      const { code, stdout, stderr } = await tool("kubectl", line, input);
      if (code !== 0) throw new Error(`kubectl ${line}: ${stderr}${stdout}`);
      return stdout.trim().replaceAll(/ +/g, " ");
    },
    async refusal(line, input) {
      const { code, stdout, stderr } = await tool("kubectl", line, input);
      if (code === 0) throw new Error(`kubectl ${line} went well: ${stdout}`);
      return stderr.trim();
    },
  };
}
