/**
 * What a system has in its files: its name and release, its users, the folders that it begins with and its programs. Where programs lie and
 * what stands in `/etc/os-release` is what scripts ask to find out where they are.
 */
import type { ImageFile, ImageFiles, ImageSystem } from "../../worker/index.ts";

const folders = ["/home", "/mnt", "/opt", "/srv", "/var/log", "/run", "/usr/local/bin"];

const debian = `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
DEBIAN_VERSION_FULL=13.2
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;

const ubuntu = `PRETTY_NAME="Ubuntu 24.04.3 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.3 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
SUPPORT_URL="https://help.ubuntu.com/"
BUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"
UBUNTU_CODENAME=noble
`;

const alpine = `NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.22.2
PRETTY_NAME="Alpine Linux v3.22"
HOME_URL="https://alpinelinux.org/"
BUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"
`;

const debianUsers = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;

const debianGroups = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
mail:x:8:
www-data:x:33:
nogroup:x:65534:
`;

const busyboxUsers = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;

const busyboxGroups = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
mail:x:8:
www-data:x:33:
users:x:100:
nobody:x:65534:
`;

const alpineUsers = `root:x:0:0:root:/root:/bin/sh
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
mail:x:8:12:mail:/var/mail:/sbin/nologin
guest:x:405:100:guest:/dev/null:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
`;

const alpineGroups = `root:x:0:root
bin:x:1:root,bin,daemon
daemon:x:2:root,bin,daemon
mail:x:12:mail
users:x:100:games
nobody:x:65534:
`;

const texts = (pairs: Readonly<Record<string, string>>): ImageFiles =>
  Object.fromEntries(Object.entries(pairs).map(([path, text]) => [path, { text }]));
const named = (names: readonly string[], file: (name: string) => ImageFile, folder: string): ImageFiles =>
  Object.fromEntries(names.map(name => [`${folder}/${name}`, file(name)]));
/** Everybody may write there, and nobody else removes it. */
const shared: ImageFile = { folderMode: 0o1777 };
const empty: ImageFiles = {
  ...Object.fromEntries(folders.map(folder => [folder, "folder"])),
  "/root": { folderMode: 0o700 },
  "/tmp": shared,
  "/var/tmp": shared,
};
const program: ImageFile = { text: "", mode: 0o755 };

/** Debian has its programs under /usr, and the old places as links. */
function debianLike(release: string, version: string, programs: readonly string[]): ImageFiles {
  return {
    ...empty,
    "/bin": { link: "usr/bin" },
    "/boot": "folder",
    "/lib": { link: "usr/lib" },
    "/lib64": { link: "usr/lib64" },
    "/media": "folder",
    "/sbin": { link: "usr/sbin" },
    "/usr/lib": "folder",
    "/usr/lib64": "folder",
    "/usr/sbin": "folder",
    "/var/cache": "folder",
    "/var/lib": "folder",
    "/var/run": { link: "/run" },
    ...named(programs, () => program, "/usr/bin"),
    ...texts({
      "/etc/debian_version": version,
      "/etc/group": debianGroups,
      "/etc/issue": `${/PRETTY_NAME="([^"]*)"/.exec(release)?.[1]} \\n \\l\n\n`,
      "/etc/passwd": debianUsers,
      "/usr/lib/os-release": release,
    }),
    "/etc/os-release": { link: "../usr/lib/os-release" },
  };
}

/** @param programs the names of those that it has */
export function systemFiles(system: ImageSystem, programs: readonly string[]): ImageFiles {
  switch (system) {
    case "debian":
      return debianLike(debian, "13.2\n", programs);
    case "ubuntu":
      return debianLike(ubuntu, "trixie/sid\n", programs);
    case "alpine":
      return {
        ...empty,
        "/lib": "folder",
        "/media": "folder",
        "/sbin": "folder",
        "/usr/bin": "folder",
        "/var/run": { link: "../run" },
        "/bin/busybox": program,
        ...named(programs, () => ({ link: "/bin/busybox" }), "/bin"),
        ...texts({
          "/etc/alpine-release": "3.22.2\n",
          "/etc/group": alpineGroups,
          "/etc/issue": "Welcome to Alpine Linux 3.22\nKernel \\r on an \\m (\\l)\n\n",
          "/etc/passwd": alpineUsers,
          "/usr/lib/os-release": alpine,
        }),
        "/etc/os-release": { link: "../usr/lib/os-release" },
      };
    case "busybox":
      return {
        ...Object.fromEntries(["/home", "/var/spool/mail", "/var/www"].map(each => [each, "folder"])),
        "/root": { folderMode: 0o700 },
        "/tmp": shared,
        "/lib": "folder",
        "/lib64": { link: "lib" },
        "/usr/bin/env": program,
        "/usr/sbin": "folder",
        "/bin/busybox": program,
        ...named(programs, () => program, "/bin"),
        ...texts({
          "/etc/group": busyboxGroups,
          "/etc/localtime": "",
          "/etc/passwd": busyboxUsers,
          "/etc/shadow": "root:*:10933:0:99999:7:::\n",
        }),
      };
    case "none":
      return { "/tmp": shared };
  }
}
