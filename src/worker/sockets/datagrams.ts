/**
 * UDP sockets of the program of a container (`node:dgram`): what their methods do in its place. One that is bound to a port of the pod
 * (datagram-binding.ts) has a port of the machine, which a file tells (datagram-ports.ts). A datagram to a host of the cluster goes there
 * with the sender before it (datagram-sending.ts, datagram-head.ts), what comes is looked at (datagram-senders.ts), and all else goes as
 * Node sends it. Node loads dgram for few programs: its class is changed when the first socket is made.
 */

import type { Socket } from "node:dgram";
import { subscribe } from "node:diagnostics_channel";
import type { AddressInfo } from "node:net";
import { mapped } from "../../outside/index.ts";
import { notFound } from "./connect-errors.ts";
import {
  type Bound,
  bindingOf,
  isOfSix,
  leavePort,
  loopback,
  takePort,
  type WhetherOpen,
} from "./datagram-binding.ts";
import { bindQuestion, portIn, sendQuestion } from "./datagram-questions.ts";
import { goesPast, received } from "./datagram-senders.ts";
import { DatagramSending } from "./datagram-sending.ts";
import { named } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";

type Method = (this: Socket, ...args: unknown[]) => unknown;
type Name = "bind" | "send" | "connect" | "disconnect" | "close" | "address" | "remoteAddress" | "emit";
type Prototype = { [name in Name]: Method } & { constructor: new (type: string) => Socket };

/** @param networkOf undefined until there is a container @param sharesPorts in a worker of Node's cluster: its primary binds once for all */
export function leadDatagrams(networkOf: () => PodNetwork | undefined, sharesPorts: boolean): void {
  let isLed = false;
  subscribe("udp.socket", message => {
    if (isLed) return;
    isLed = true;
    const { socket } = message as { readonly socket: Socket };
    let owner: object = socket;
    while (!Object.hasOwn(owner, "bind")) owner = Object.getPrototypeOf(owner) as object;
    new Datagrams(networkOf, owner as Prototype, sharesPorts).lead();
  });
}

class Datagrams {
  readonly #networkOf: () => PodNetwork | undefined;
  readonly #prototype: Prototype;
  readonly #sharesPorts: boolean;
  /** Node's own. */
  readonly #node: Readonly<{ [name in Name]: Method }>;
  readonly #sending: DatagramSending;
  readonly #bound = new WeakMap<Socket, Bound>();
  readonly #closed = new WeakSet<Socket>();

  constructor(networkOf: () => PodNetwork | undefined, prototype: Prototype, sharesPorts: boolean) {
    this.#networkOf = networkOf;
    this.#sharesPorts = sharesPorts;
    this.#prototype = prototype;
    const { bind, send, connect, disconnect, close, address, remoteAddress, emit } = prototype;
    this.#sending = new DatagramSending(send);
    this.#node = { bind, send, connect, disconnect, close, address, remoteAddress, emit };
  }

  lead(): void {
    const node = this.#node;
    const lead = (name: Name, call: (socket: Socket, args: readonly unknown[]) => unknown) => {
      const own: Method = function (...args) {
        return call(this, args);
      };
      this.#prototype[name] = named(name, own);
    };
    lead("bind", (socket, args) => this.#bind(socket, args));
    lead("send", (socket, args) => this.#send(socket, args));
    lead("connect", (socket, args) => this.#connect(socket, args));
    lead("emit", (socket, args) => this.#emit(socket, args));
    lead("close", (socket, args) => {
      this.#closed.add(socket);
      return node.close.apply(socket, [...args]);
    });
    lead("address", (socket, args) => {
      const bound = this.#bound.get(socket);
      return bound?.isReady ? { ...bound.address } : node.address.apply(socket, [...args]);
    });
    lead("remoteAddress", (socket, args) => {
      const { shown } = this.#bound.get(socket)?.peer ?? {};
      return shown ? { ...shown, family: "IPv4" } : node.remoteAddress.apply(socket, [...args]);
    });
    lead("disconnect", (socket, args) => {
      const bound = this.#bound.get(socket);
      if (!bound?.peer) return node.disconnect.apply(socket, [...args]);
      bound.peer = undefined;
      return undefined;
    });
  }

  #bind(socket: Socket, args: readonly unknown[]): unknown {
    const network = this.#networkOf();
    const asked = network && bindQuestion(args);
    const own = asked && network.ownAddress(asked.address);
    // What is no address of the pod may be a group of receivers.
    if (!network || !asked || !own || this.#bound.has(socket))
      return this.#node.bind.apply(socket, [...args]);
    const isSix = isOfSix(socket);
    const isLoopback = own === "loopback";
    const isShared = this.#sharesPorts && !asked.exclusive;
    this.#bound.set(socket, { ...bindingOf(network, asked, isLoopback, isSix), isShared });
    // Answers from outside of the cluster come to the machine's own addresses.
    const all = isSix ? "::" : "0.0.0.0";
    const machines = { port: 0, exclusive: !isShared, address: isLoopback ? onMachine(socket) : all };
    return this.#node.bind.apply(socket, asked.callback ? [machines, asked.callback] : [machines]);
  }

  #emit(socket: Socket, args: readonly unknown[]): unknown {
    const bound = this.#bound.get(socket);
    const pass = (...all: readonly unknown[]) => this.#node.emit.apply(socket, [...all]);
    const [event, first, second] = args;
    if (!bound) return pass(...args);
    switch (event) {
      case "listening":
        if (!bound.isReady) {
          bound.machinePort = (this.#node.address.call(socket) as AddressInfo).port;
          takePort(bound, this.#whetherOpen, error => {
            if (this.#closed.has(socket)) this.#leave(socket, bound);
            else if (error) pass("error", error);
            else {
              pass("listening");
              for (const go of bound.waiting.splice(0)) go();
            }
          });
          return true;
        }
        break;
      case "close":
        this.#leave(socket, bound);
        break;
      case "message": {
        // What a program emits itself is left as it is.
        if (!Buffer.isBuffer(first) || typeof (second as Partial<AddressInfo>)?.address !== "string") break;
        const taken = received(first, second as AddressInfo, bound);
        return taken === undefined ? false : pass("message", ...taken);
      }
    }
    return pass(...args);
  }

  #leave(socket: Socket, bound: Bound): void {
    leavePort(bound);
    this.#bound.delete(socket);
  }

  readonly #whetherOpen: WhetherOpen = (machinePort, done) => {
    const probe = new this.#prototype.constructor("udp4");
    probe.once("error", () => {
      probe.close();
      done(true);
    });
    probe.once("listening", () => probe.close(() => done(false)));
    this.#node.bind.call(probe, { port: machinePort, address: loopback, exclusive: true });
  };

  #connect(socket: Socket, args: readonly unknown[]): unknown {
    const network = this.#networkOf();
    const [given, second] = args;
    const port = portIn(given);
    const host = typeof second === "string" && second ? second : loopback;
    const found = network && port ? network.find(host) : undefined;
    if (!found || !port || this.#isNodes(socket)) {
      const result = this.#node.connect.apply(socket, [...args]);
      if (port) this.#goesPast(socket, host, port);
      return result;
    }
    const callback = args.findLast(each => typeof each === "function") as (() => void) | undefined;
    void Promise.resolve(found).then(answer => {
      if (this.#closed.has(socket)) return;
      if (!answer || answer.outside !== undefined || answer.addresses.length === 0) {
        const outside = answer?.outside ?? host;
        this.#node.connect.call(socket, port, outside, callback);
        this.#goesPast(socket, outside, port);
        return;
      }
      const [address = host] = answer.addresses;
      if (callback) socket.once("connect", callback);
      this.#whenBound(socket, bound => {
        bound.peer = { host, port, shown: { address, port } };
        socket.emit("connect");
      });
    });
    return undefined;
  }

  #send(socket: Socket, args: readonly unknown[]): unknown {
    const network = this.#networkOf();
    const peer = this.#bound.get(socket)?.peer;
    const asked = network && sendQuestion(args, peer !== undefined, isOfSix(socket) ? "::1" : loopback);
    const to = peer ?? asked?.to;
    const found = network && to && network.find(to.host);
    if (!asked || !to || !found || this.#isNodes(socket)) {
      const result = this.#node.send.apply(socket, [...args]);
      if (to) this.#goesPast(socket, to.host, to.port);
      return result;
    }
    void Promise.resolve(found).then(answer => {
      // What was closed in the meantime sends nothing.
      if (this.#closed.has(socket)) return;
      if (!answer || answer.outside !== undefined) {
        const outside = answer?.outside ?? to.host;
        this.#node.send.call(socket, asked.body, to.port, outside, asked.callback);
        this.#goesPast(socket, outside, to.port);
      } else if (answer.addresses.length === 0) {
        const error = notFound(to.host, answer.isUnanswered);
        process.nextTick(asked.callback ?? ((problem: Error) => socket.emit("error", problem)), error);
      } else this.#whenBound(socket, bound => this.#sending.to(socket, bound, answer, to.port, asked));
    });
    return undefined;
  }

  /** Called when Node has bound the socket. */
  #goesPast(socket: Socket, host: string, port: number): void {
    const bound = this.#bound.get(socket);
    if (bound) goesPast(bound, host, port);
  }

  /** It is closed, or bound to what is no address of the pod: Node does what is to be done. */
  #isNodes(socket: Socket): boolean {
    if (this.#closed.has(socket)) return true;
    if (this.#bound.has(socket)) return false;
    try {
      this.#node.address.call(socket);
      return true;
    } catch {
      // It is not bound at all.
      return false;
    }
  }

  /** A socket that is bound by nobody is so when it first sends. */
  #whenBound(socket: Socket, go: (bound: Bound) => void): void {
    const known = this.#bound.get(socket);
    if (known?.isReady) {
      go(known);
      return;
    }
    if (!known) socket.bind({ port: 0, exclusive: true });
    const bound = this.#bound.get(socket);
    bound?.waiting.push(() => this.#closed.has(socket) || go(bound));
  }
}

/** The address of the machine by which its programs reach one another. */
function onMachine(socket: Socket): string {
  return isOfSix(socket) ? mapped(loopback) : loopback;
}
