/** The options that commands which start a cluster have in common. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { ServedClusterOptions } from "../cluster/index.ts";
import { ApiError } from "../errors/index.ts";
import { type EtcdFlags, etcdOf } from "./etcd-options.ts";
import { imageFolders } from "./image-folders.ts";
import { type NatsFlags, natsOptions } from "./nats-options.ts";

/** As commander gives them. */
export interface StartOptions extends NatsFlags, EtcdFlags {
  readonly filename: readonly string[];
  readonly images: readonly string[];
  readonly nodes: number;
  readonly listen: string;
  readonly tls: boolean;
  readonly kubeconfig?: string;
  readonly name: string;
  readonly auditLog?: string;
  readonly auditPolicy?: string;
  readonly schedulerConfig?: string;
  readonly unknownImages: "refuse" | "hollow";
  readonly rbac: boolean;
  readonly dns?: string;
  readonly ingress?: string;
  readonly nodePorts: boolean;
  readonly allowHostPath: readonly string[];
  readonly volumes?: string;
  readonly csiDriver: readonly string[];
  readonly data?: string;
  readonly nodeNamePrefix?: string;
}

/** Throws NotFound and BadRequest for values that cannot be meant. */
export function clusterOptions(options: StartOptions): ServedClusterOptions {
  const { nodes, listen, tls, name, unknownImages, rbac, filename, auditLog, auditPolicy } = options;
  const { schedulerConfig, dns, ingress, nodePorts, data, volumes, allowHostPath, csiDriver } = options;
  const folders = imageFolders(options.images);
  const served = {
    listen,
    tls,
    name,
    auditLog,
    auditPolicy,
    manifests: filename,
    ...(dns !== undefined && { dns }),
  };
  const drivers = Object.fromEntries(csiDriver.map(socketOf));
  const { nodeNamePrefix } = options;
  const kept = { data, etcd: etcdOf(options) };
  const storage = { ...kept, volumes, drivers, hostPaths: allowHostPath.map(hostFolder) };
  return {
    images: folders,
    nodes,
    nodeNamePrefix,
    unknownImages,
    rbac,
    schedulerConfig,
    ingress,
    nodePorts,
    ...storage,
    ...served,
    ...natsOptions(options),
  };
}

/** `NAME=SOCKET`, as an option of the cluster. Throws a BadRequest for what is none. */
function socketOf(given: string): [string, { readonly socket: string }] {
  const at = given.indexOf("=");
  if (at > 0 && at < given.length - 1) return [given.slice(0, at), { socket: given.slice(at + 1) }];
  throw new ApiError("BadRequest", `--csi-driver ${given}: NAME=SOCKET is wanted`);
}

/** Throws a NotFound for what is no folder. */
export function hostFolder(named: string): string {
  if (statSync(named, { throwIfNoEntry: false })?.isDirectory()) return resolve(named);
  throw new ApiError("NotFound", `--allow-host-path ${named}: there is no such folder`);
}
