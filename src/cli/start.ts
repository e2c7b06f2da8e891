/**
 * The options that commands which start a cluster have in common. Each can be given as a flag; those of one value in the environment, too
 * (K4S_ and the flag's name), and some in a file (`--config`). Flags win over the environment, and that over the file.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { readOwnCertificate } from "../access/index.ts";
import {
  type FeatureSwitches,
  type FileSettings,
  type ServedClusterOptions,
  settingsInFile,
} from "../cluster/index.ts";
import { ApiError } from "../errors/index.ts";
import { type EtcdFlags, etcdOf } from "./etcd-options.ts";
import { featuresOf, millisecondsOf, truthOf } from "./flag-values.ts";
import { imageFolders } from "./image-folders.ts";
import { type NatsFlags, natsOptions } from "./nats-options.ts";

/** As commander gives them. */
export interface StartOptions extends NatsFlags, EtcdFlags {
  readonly config?: string;
  readonly filename: readonly string[];
  readonly images: readonly string[];
  readonly nodes: number;
  readonly listen: string;
  readonly tls: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly workers?: number;
  /** A text where it is a flag's, and not the file's. */
  readonly resyncPeriod?: string | number;
  readonly leaderElection?: string | boolean;
  readonly leaderElectLeaseDuration?: string;
  readonly leaderElectRenewDeadline?: string;
  readonly leaderElectRetryPeriod?: string;
  readonly features?: string | FeatureSwitches;
  readonly kubeconfig?: string;
  readonly name: string;
  readonly auditLog?: string;
  readonly auditPolicy?: string;
  readonly schedulerConfig?: string;
  readonly unknownImages: "refuse" | "hollow";
  readonly rbac: boolean;
  readonly dns?: string;
  readonly nodeAddress?: string;
  readonly ingress?: string;
  readonly nodePorts: boolean;
  readonly allowHostPath: readonly string[];
  readonly volumes?: string;
  readonly csiDriver: readonly string[];
  readonly data?: string;
  readonly encryptionKey?: string;
  readonly encryptionProviderConfig?: string;
  readonly nodeNamePrefix?: string;
}

/** What was given with the command, in the environment and in the file. Throws BadRequest where the file is wrong. */
export function startOptions(command: Command, env: NodeJS.ProcessEnv = process.env): StartOptions {
  const { config, features } = command.opts<StartOptions>();
  const inFile = config === undefined ? {} : settingsInFile(config);
  const named = { ...inFile, ...flagsOfEtcd(inFile), resyncPeriod: inFile.resyncMs };
  for (const [name, value] of Object.entries(named)) {
    const source = command.getOptionValueSource(name);
    const isGiven = source !== undefined && source !== "default";
    if (value !== undefined && !isGiven) command.setOptionValueWithSource(name, value, "config");
  }
  // Each feature by itself: one that is named in one place leaves the others as they are.
  const given = [inFile.features, env.K4S_FEATURES, features].map(featuresOf);
  return { ...command.opts<StartOptions>(), features: Object.assign({}, ...given) };
}

/** As flags have it. */
function flagsOfEtcd({ etcd }: FileSettings): EtcdFlags {
  if (!etcd) return {};
  const { endpoints, dialTimeoutMs, ca, cert, key, user, password } = etcd;
  return {
    etcd: endpoints.join(","),
    ...(dialTimeoutMs !== undefined && { etcdDialTimeout: dialTimeoutMs / 1_000 }),
    ...(ca !== undefined && { etcdCaFile: ca }),
    ...(cert !== undefined && { etcdCertFile: cert }),
    ...(key !== undefined && { etcdKeyFile: key }),
    ...(user !== undefined && { etcdUser: user }),
    ...(password !== undefined && { etcdPassword: password }),
  };
}

/** Throws NotFound and BadRequest for values that cannot be meant. */
export function clusterOptions(options: StartOptions): ServedClusterOptions {
  const { nodes, listen, tls, name, unknownImages, rbac, filename, auditLog, auditPolicy } = options;
  const { schedulerConfig, dns, ingress, nodePorts, data, volumes, allowHostPath, csiDriver } = options;
  assertCertificate(options);
  const folders = imageFolders(options.images);
  const served = {
    listen,
    tls,
    name,
    auditLog,
    auditPolicy,
    manifests: filename,
    ...tlsFiles(options),
    ...(dns !== undefined && { dns }),
  };
  const drivers = Object.fromEntries(csiDriver.map(socketOf));
  const { nodeNamePrefix, nodeAddress } = options;
  const { encryptionKey, encryptionProviderConfig } = options;
  const kept = { data, etcd: etcdOf(options), encryptionKey, encryptionProviderConfig };
  const control = {
    workers: options.workers,
    resyncMs: millisecondsOf("--resync-period", options.resyncPeriod),
    leaderElection: truthOf("--leader-election", options.leaderElection),
    leaderElectionTimes: leaderElectionTimes(options),
    features: featuresOf(options.features),
  };
  const storage = { ...kept, volumes, drivers, hostPaths: allowHostPath.map(hostFolder) };
  return {
    images: folders,
    nodes,
    nodeNamePrefix,
    nodeAddress,
    unknownImages,
    rbac,
    schedulerConfig,
    ingress,
    nodePorts,
    ...control,
    ...storage,
    ...served,
    ...natsOptions(options),
  };
}

/** Called as kube-controller-manager and kube-scheduler call them. Undefined where none is given. */
function leaderElectionTimes(options: StartOptions) {
  const leaseDurationMs = millisecondsOf("--leader-elect-lease-duration", options.leaderElectLeaseDuration);
  const renewDeadlineMs = millisecondsOf("--leader-elect-renew-deadline", options.leaderElectRenewDeadline);
  const retryPeriodMs = millisecondsOf("--leader-elect-retry-period", options.leaderElectRetryPeriod);
  const times = {
    ...(leaseDurationMs !== undefined && { leaseDurationMs }),
    ...(renewDeadlineMs !== undefined && { renewDeadlineMs }),
    ...(retryPeriodMs !== undefined && { retryPeriodMs }),
  };
  return Object.keys(times).length > 0 ? times : undefined;
}

function tlsFiles({ tlsCert, tlsKey, tlsCa }: StartOptions) {
  return {
    ...(tlsCert !== undefined && { tlsCert }),
    ...(tlsKey !== undefined && { tlsKey }),
    ...(tlsCa !== undefined && { tlsCa }),
  };
}

/** Throws BadRequest, before anything is begun, where they are not what they should be. */
function assertCertificate({ tlsCert, tlsKey, tlsCa }: StartOptions): void {
  if (tlsCert !== undefined && tlsKey !== undefined)
    readOwnCertificate({ cert: tlsCert, key: tlsKey, ca: tlsCa });
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
