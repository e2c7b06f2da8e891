/** What `/proc` says in a container, as far as people and scripts ask it: of the machine, of the first process, of what is mounted. */
import { arch, cpus, freemem, loadavg, release, totalmem, uptime } from "node:os";
import type { ImageFile, ImageFiles, Mount } from "../../worker/index.ts";
import { mountsText } from "../mounted.ts";

const copy = (name: string, text: () => string): ImageFile => ({
  text,
  copyOf: `/proc/${name}`,
  mode: 0o444,
});
const own = (text: () => string): ImageFile => ({ text, mode: 0o444 });
const kilobytes = (bytes: number) => String(Math.round(bytes / 1024)).padStart(8);

export function procFiles(mounts: readonly Mount[]): ImageFiles {
  return {
    "/proc/1/cmdline": own(() => process.argv.map(word => `${word}\0`).join("")),
    "/proc/1/environ": own(() =>
      Object.entries(process.env)
        .map(([name, value]) => `${name}=${value}\0`)
        .join(""),
    ),
    "/proc/1/comm": own(() => `${(process.argv[0] ?? "").replace(/^.*\//, "").slice(0, 15)}\n`),
    "/proc/1/status": own(
      () => "Name:\tcontainer\nState:\tS (sleeping)\nPid:\t1\nPPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
    ),
    "/proc/self": { link: "1" },
    "/proc/cpuinfo": copy("cpuinfo", () =>
      cpus()
        .map(
          ({ model, speed }, i) => `processor\t: ${i}\nmodel name\t: ${model}\ncpu MHz\t\t: ${speed}.000\n\n`,
        )
        .join(""),
    ),
    "/proc/loadavg": copy(
      "loadavg",
      () =>
        `${loadavg()
          .map(load => load.toFixed(2))
          .join(" ")} 1/100 7\n`,
    ),
    "/proc/meminfo": copy(
      "meminfo",
      () =>
        `MemTotal:       ${kilobytes(totalmem())} kB\nMemFree:        ${kilobytes(freemem())} kB\nMemAvailable:   ${kilobytes(freemem())} kB\n`,
    ),
    "/proc/mounts": { link: "self/mounts" },
    "/proc/1/mounts": own(() => mountsText(mounts)),
    "/proc/uptime": copy("uptime", () => `${uptime().toFixed(2)} ${uptime().toFixed(2)}\n`),
    "/proc/version": copy("version", () => `Linux version ${release()} (k4s) ${arch()} #1 SMP\n`),
    "/proc/sys/kernel/hostname": own(() => `${process.env.HOSTNAME}\n`),
  };
}
