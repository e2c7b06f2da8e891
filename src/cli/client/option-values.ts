/** How the values of options are read. What is wrong with one is said in commander's words, with the option. */
import { InvalidArgumentError } from "commander";
import type { NodeStopOptions } from "../../cluster/index.ts";
import type { Taint } from "../../resources/index.ts";

export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

export function whole(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError("a whole number, 0 or more, is wanted");
  return number;
}

/** -1 stands for none, as in kubectl. */
export function wholeOrNone(value: string): number {
  return value === "-1" ? -1 : whole(value);
}

const unitSeconds = { ms: 0.001, s: 1, m: 60, h: 3_600 } as const;

/** Seconds, or a duration as kubectl has it: `90`, `90s`, `1m30s`. */
export function seconds(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  if (!/^(\d+(\.\d+)?(ms|[smh]))+$/.test(value))
    throw new InvalidArgumentError("seconds, or a duration such as 90s or 1m30s, are wanted");
  const parts = value.matchAll(/([\d.]+)(ms|[smh])/g);
  return [...parts].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * unitSeconds[unit as keyof typeof unitSeconds],
    0,
  );
}

export function port(value: string): number {
  const number = whole(value);
  if (number > 65_535) throw new InvalidArgumentError("a port, 1 to 65535, is wanted");
  return number;
}

export function percent(value: string): number {
  const number = whole(value.replace(/%$/, ""));
  if (number < 1) throw new InvalidArgumentError("a percentage, 1 or more, is wanted");
  return number;
}

export function label(value: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, key, said] = /^([^=]+)=(.*)$/.exec(value) ?? [];
  if (key === undefined || said === undefined) throw new InvalidArgumentError("KEY=VALUE is wanted");
  return { ...before, [key]: said };
}

/** As `kubectl taint` has it: `key=value:Effect` or `key:Effect`. */
export function taint(text: string, before: readonly Taint[]): readonly Taint[] {
  const [, key, , value, effect] = /^([^=:]+)(=([^:]*))?:(\w+)$/.exec(text) ?? [];
  const known = (["NoSchedule", "PreferNoSchedule", "NoExecute"] as const).find(each => each === effect);
  if (key === undefined || known === undefined)
    throw new InvalidArgumentError(
      "KEY=VALUE:EFFECT is wanted, with the effect NoSchedule, PreferNoSchedule or NoExecute",
    );
  return [...before, { key, ...(value !== undefined && { value }), effect: known }];
}

type ShutdownPeriods = NonNullable<NodeStopOptions["shutdownGracePeriodByPodPriority"]>;

/** How long pods of a priority have: `1000=20s`. */
export function shutdownPeriod(text: string, before: ShutdownPeriods): ShutdownPeriods {
  const [, priority, time] = /^(-?\d+)=(.+)$/.exec(text) ?? [];
  if (priority === undefined || time === undefined)
    throw new InvalidArgumentError("PRIORITY=TIME is wanted, such as 1000=20s");
  return [...before, { priority: Number(priority), shutdownGracePeriodSeconds: seconds(time) }];
}
