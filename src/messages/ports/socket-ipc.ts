/**
 * A socket as the pipe of a Tunnel: how a program's own threads and child processes, which have no port of their own to the main
 * thread, take part in the data plane.
 */
import type { Socket } from "node:net";
import { frameOf, readFrames } from "./framing.ts";
import type { Ipc } from "./tunnel.ts";

type Take = (value: unknown) => void;

/** @param hears is given what takes each value that comes; needed where the first values are not the tunnel's */
export function ipcOver(socket: Socket, hears = (take: Take) => readFrames(socket, take)): Ipc {
  return {
    get connected() {
      return socket.writable;
    },
    on(event: "message" | "disconnect", listener: Take) {
      if (event === "message") hears(listener);
      else socket.on("close", listener);
    },
    send: value => socket.write(frameOf(value)),
  };
}
