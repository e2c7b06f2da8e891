/**
 * What must be right in the probes of a Container. In a thread there is no program to execute: `exec` knows a few commands
 * (worker/exec/interpreter.ts). Two have a short form: to ask the event loop, and to send the worker a message.
 */
import { type Cause, didYouMean } from "../../../errors/index.ts";
import { forbidden, invalidValue, notSupported } from "../../faults.ts";
import type { ContainerProbe, ContainerSpec } from "./container.ts";

export const probeNames = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

const handlers = ["eventLoop", "request", "exec", "httpGet", "tcpSocket", "grpc"] as const;
/** Those that the interpreter knows; its test holds the two lists together, for a thread imports nothing of this. */
export const execCommands = `
  event-loop request send node sh [ arch ash basename bash cat chgrp chmod chown cksum clear cp curl
  dash date dd df dirname du echo egrep env false fgrep find free grep groups gunzip gzip head
  hostname id ifconfig install ionice ip kill killall less ln ls md5sum mkdir mkfifo mktemp more
  mount mv nc nice nohup nproc nslookup pgrep pidof ping pkill printenv printf ps pwd readlink
  realpath rev rm rmdir seq setsid sha1sum sha224sum sha256sum sha384sum sha512sum sleep split stat
  sum sync tac tail tar tee test time timeout top touch tree true truncate tty uname uptime watch wc
  wget which whoami xargs yes zcat
`
  .trim()
  .split(/\s+/);

export function ownProbeFaults(spec: ContainerSpec): Cause[] {
  return probeNames.flatMap(name => {
    const probe = spec[name];
    return probe ? shortProbeFaults(probe, `spec.${name}`) : [];
  });
}

function shortProbeFaults(probe: ContainerProbe, field: string): Cause[] {
  const [first, ...more] = handlers.filter(name => probe[name] !== undefined && probe[name] !== null);
  const isShort = first === "eventLoop" || first === "request";
  // Two of Kubernetes' own are told by the rules of pods.
  if (isShort && more.length > 0) {
    return more.map(name => forbidden(`${field}.${name}`, "may not specify more than 1 handler type"));
  }
  const command = probe.exec?.command ?? [];
  return command.length > 0 ? commandFaults(command, `${field}.exec.command`) : [];
}

function commandFaults(command: readonly string[], field: string): Cause[] {
  const [first = "", body = "", ...more] = command;
  if (!execCommands.includes(first)) {
    return [notSupported(`${field}[0]`, first, execCommands, didYouMean(first, execCommands))];
  }
  if (first === "event-loop") {
    return command.length === 1 ? [] : [invalidValue(field, command, "event-loop takes nothing behind it")];
  }
  if (first !== "request" || (more.length === 0 && isJson(body))) return [];
  return [invalidValue(field, command, "request takes one more element, the body of the message as JSON")];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
