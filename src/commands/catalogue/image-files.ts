/**
 * What lies in the files of an image of the catalogue: what is the same in all of them, what its system has (system-files.ts), and what
 * is its own. It is what people look into and what scripts expect: names and texts that are true of the real image, and no more.
 */
import type { ImageConfig, ImageFiles, Mount } from "../../worker/index.ts";
import { procFiles } from "./proc-files.ts";
import { systemFiles } from "./system-files.ts";
import { bitnamiNginxFiles, httpdFiles, nginxFiles } from "./web-files.ts";

const everywhere: ImageFiles = {
  "/dev/fd": { link: "/proc/self/fd" },
  "/dev/full": { text: "" },
  "/dev/null": { text: "" },
  "/dev/pts": "folder",
  "/dev/random": { text: "" },
  "/dev/shm": "folder",
  "/dev/stderr": { link: "/proc/self/fd/2" },
  "/dev/stdin": { link: "/proc/self/fd/0" },
  "/dev/stdout": { link: "/proc/self/fd/1" },
  "/dev/tty": { text: "" },
  "/dev/urandom": { text: "" },
  "/dev/zero": { text: "" },
  // Where the pod says that it is to be that of the machine; else the kubelet writes one.
  "/etc/resolv.conf": { text: "", copyOf: "/etc/resolv.conf" },
  "/etc/mtab": { link: "/proc/mounts" },
  "/sys": "folder",
};

const ownFiles: Readonly<Record<string, ImageFiles>> = {
  "bitnami-nginx": bitnamiNginxFiles,
  bash: begins("/usr/local/bin/docker-entrypoint.sh", "bash"),
  curl: begins("/entrypoint.sh", "curl"),
  httpd: httpdFiles,
  nginx: nginxFiles,
  "nginx-unprivileged": nginxFiles,
  node: begins("/usr/local/bin/docker-entrypoint.sh", "node"),
};

/** The script that such an image begins with: what is no command, an option say, is for its program. */
function begins(path: string, program: string): ImageFiles {
  const text = `#!/bin/sh
case "$1" in
  -*) set -- ${program} "$@" ;;
  *) command -v "$1" > /dev/null || set -- ${program} "$@" ;;
esac
exec "$@"
`;
  return { [path]: { text, mode: 0o755 } };
}

/** @param programs names of those that can be run, for the folders of programs */
export function imageFiles(
  { name, system, entrypoint }: ImageConfig,
  workingDir: string,
  mounts: readonly Mount[],
  programs: readonly string[],
): ImageFiles {
  const [program = ""] = entrypoint;
  return {
    ...everywhere,
    ...procFiles(mounts),
    ...systemFiles(system, programs),
    ...(program.startsWith("/") && { [program]: { text: "", mode: 0o755 } }),
    ...ownFiles[name],
    ...(workingDir !== "/" && { [workingDir]: "folder" as const }),
  };
}
