/** What an image of the catalogue says about the containers that are made of it, as an image of a registry does; and as whom they are. */
export interface ImageConfig {
  /** The pod's `command` takes the place of this. */
  readonly entrypoint: readonly string[];
  /** The pod's `args` take the place of this; where there is a `command`, it is left out. */
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where its commands begin, unless the pod says otherwise. */
  readonly workingDir: string;
  /** What it is called in the catalogue. */
  readonly name: string;
  /** Where a registry would have it: `docker.io/library/nginx`. */
  readonly source: string;
  /** `1.27`; undefined where the name has none. */
  readonly tag?: string;
  /** As whom its containers run, by number or by name, with a group after a colon: `101:101`, `curl_user`. Default root. */
  readonly user?: string;
  /** What it is made of: that says which programs it has, how they speak, and what lies in its files. */
  readonly system: ImageSystem;
}

/** `none` has no programs but its own. */
export type ImageSystem = "alpine" | "busybox" | "debian" | "ubuntu" | "none";

/** As whom a container is. It says what `id` and `ls` show; what it may do is not bounded by it. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  /** Besides the first one. */
  readonly groups: readonly number[];
  /** The group of the pod's volumes and of what is made in them: these have the setgid bit. */
  readonly fsGroup?: number | undefined;
}
