/** A configuration file as options: those of a Cluster, and those of its `serve`. */
import type { ServeOptions } from "../../server/index.ts";
import { settingsInFile, withoutUndefined } from "./config-file.ts";
import { type ClusterOptions, pathOf } from "./options.ts";

export interface ConfigFile {
  /** For `new Cluster`. */
  readonly cluster: ClusterOptions;
  /** For `cluster.serve`. */
  readonly serve: Omit<ServeOptions, "folder">;
}

/** Throws BadRequest, with every problem and its path, where it is no such file. */
export function readConfigFile(file: string | URL): ConfigFile {
  const { listen, tlsCert, tlsKey, tlsCa, ...cluster } = settingsInFile(pathOf(file));
  return {
    cluster: withoutUndefined(cluster),
    serve: withoutUndefined({ listen, tlsCert, tlsKey, tlsCa }),
  };
}
