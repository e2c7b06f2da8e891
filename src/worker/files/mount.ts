/** What a container sees elsewhere than where it is: volumes, files that the kubelet writes for it, its root folder. */
export interface Mount {
  /** Where the container sees it: an absolute path, with slashes. */
  readonly path: string;
  /** Where it lies. */
  readonly place: string;
  /**
   * What is made there when it is first asked for: a file with this text, an empty folder, or what the container's image has in
   * its files. Undefined where all is there already.
   */
  readonly made?: { readonly text: string } | "folder" | "image";
  /** True where nothing can be written to (EROFS). */
  readonly isReadOnly?: boolean;
  /** True of a folder of the machine (hostPath): it may have any place, that of another mount's path too. */
  readonly isMachines?: boolean;
  /**
   * True where others may exchange a folder above the place for a link, or what has its name: a part of a volume, a folder of the machine. It is
   * looked at each time, and nothing is there any more as soon as the place leads elsewhere.
   */
  readonly isPinned?: boolean;
}

/** Whether a path is that of the folder, or of something in it. Both are absolute, with slashes and none at the end. */
export function isUnder(folder: string, path: string): boolean {
  if (folder === "/") return true;
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === "/");
}
