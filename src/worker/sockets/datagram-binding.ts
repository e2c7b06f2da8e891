/**
 * What is known of a UDP socket of a program that is bound to a port of its pod, and how it comes to that port: no other socket that is
 * open may have it.
 */
import type { Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import type { FoundEndpoint } from "../../messages/index.ts";
import { datagramFile, leaveDatagramPort, machinePortAt, takeDatagramPort } from "./datagram-ports.ts";
import type { BindAsked } from "./datagram-questions.ts";
import { listenError } from "./listen-errors.ts";
import type { PodNetwork } from "./pod-network.ts";

export interface End {
  readonly address: string;
  readonly port: number;
}

/** A socket that is bound, or about to be, to a port of its pod. */
export interface Bound {
  readonly network: PodNetwork;
  /** As the program asked for it; the port is 0 until there is one. */
  address: AddressInfo;
  readonly isLoopback: boolean;
  /** With other workers of Node's cluster, which have the same socket of the machine. */
  readonly isShared?: boolean;
  file: string;
  machinePort: number;
  isReady: boolean;
  /** What is to be done as soon as it is. */
  readonly waiting: (() => void)[];
  /** What the program has connected it to, and how it is shown. */
  peer?: { readonly host: string; readonly port: number; readonly shown: End } | undefined;
  /** Where it has sent something that goes past the cluster: answers come from there, and nothing else does. */
  readonly asked: Set<string>;
  /** Who has sent something here: an answer is always allowed. */
  readonly heard: Set<string>;
  /** By where the program sent to: the endpoint of the Service that was chosen. */
  readonly chosen: Map<string, FoundEndpoint>;
  /** By an endpoint: as what the program knows it. */
  readonly shownAs: Map<string, End>;
}

/** So many are remembered of each. */
export const mostRemembered = 10_000;
export const loopback = "127.0.0.1";
export const keyOf = ({ address, port }: End) => `${address}:${port}`;

export function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= mostRemembered) map.clear();
  map.set(key, value);
}

export function isOfSix(socket: Socket): boolean {
  return (socket as Socket & { readonly type?: string }).type === "udp6";
}

/** A socket that is about to be bound as its program asks. */
export function bindingOf(
  network: PodNetwork,
  asked: Pick<BindAsked, "port" | "address">,
  isLoopback: boolean,
  isSix: boolean,
): Bound {
  const address = asked.address || (isSix ? "::" : "0.0.0.0");
  return {
    network,
    address: { address, family: isSix ? "IPv6" : "IPv4", port: asked.port },
    isLoopback,
    file: "",
    machinePort: 0,
    isReady: false,
    waiting: [],
    asked: new Set(),
    heard: new Set(),
    chosen: new Map(),
    shownAs: new Map(),
  };
}

/** Whether a program has a port of the machine: then nobody else can be bound to it. */
export type WhetherOpen = (machinePort: number, done: (isOpen: boolean) => void) => void;

/** The port of the pod becomes this socket's, which has one of the machine, unless a socket that is open has it. */
export function takePort(bound: Bound, whetherOpen: WhetherOpen, done: (error?: Error) => void): void {
  const { network, address, isLoopback, machinePort } = bound;
  const { prefix, podIP } = network.sockets;
  const isFree = (port: number) => {
    bound.file = datagramFile(prefix, podIP, port, isLoopback);
    bound.address = { ...address, port };
    bound.isReady = takeDatagramPort(bound.file, machinePort);
    return bound.isReady;
  };
  if (address.port === 0) {
    while (!isFree(network.clientPort()));
    done();
    return;
  }
  if (isFree(address.port)) {
    done();
    return;
  }
  const replace = () => {
    leaveDatagramPort(bound.file, machinePortAt(bound.file) ?? 0);
    done(isFree(address.port) ? undefined : inUse());
  };
  const inUse = () => listenError("EADDRINUSE", address.address, address.port, "bind");
  const before = machinePortAt(bound.file);
  if (bound.isShared && before === machinePort) {
    bound.isReady = true;
    done();
    return;
  }
  if (before === undefined) replace();
  else whetherOpen(before, isOpen => (isOpen ? done(inUse()) : replace()));
}

/** What is shared others may go on with: it is replaced as soon as nobody has it, and goes with the pod. */
export function leavePort({ isReady, isShared, file, machinePort }: Bound): void {
  if (isReady && !isShared) leaveDatagramPort(file, machinePort);
}
