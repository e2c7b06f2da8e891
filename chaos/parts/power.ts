/**
 * A cluster in a folder on a disk of its own, an ext4 in an image that is mounted, which root may do on Linux. Its power is cut off under load:
 * all stands still, the image is copied as it is, and what is started again is the copy, without what the file system had not yet written to
 * it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../client.ts";
import { ControlPlane } from "../control-plane.ts";
import type { Findings, Trial } from "../trial.ts";
import { Writers } from "../writers.ts";

export async function power({ random, kills, writers: count, folder, tell }: Trial): Promise<Findings> {
  const disk = Disk.in(folder);
  if (!disk) return { figures: [["not tried: no disk can be mounted here", "-"]], problems: [] };
  const problems: string[] = [];
  const writers = new Writers(random, count);
  const options = { folder, args: ["--data", join(disk.path, "data"), "--nodes", "1"] };
  try {
    for (let round = 0; round <= kills && problems.length === 0; round++) {
      const { program, access } = await ControlPlane.start(options);
      const client = new Client(access);
      problems.push(...(await writers.compare(client)));
      let isOver = round === kills;
      const { acknowledged } = writers;
      const writing = writers.write([client], () => isOver);
      if (!isOver && !(await writers.wrote(20 + random.below(300), () => program.hasEnded)))
        problems.push("it has ended by itself");
      if (isOver) await program.kill("SIGTERM");
      else {
        program.signal("SIGSTOP");
        // What it has asked the kernel for comes to an end, and nobody writes to the image while it is copied.
        await sleep(200);
        disk.copy();
        await program.kill();
      }
      isOver = true;
      await writing;
      client.close();
      if (round < kills) disk.again();
      tell(`${round}. ${writers.acknowledged - acknowledged} acknowledged, ${problems.length} broken`);
    }
  } finally {
    disk.close();
  }
  const figures = [
    ["power cut off under load", kills],
    ["writes acknowledged", writers.acknowledged],
    ["acknowledged and lost", problems.length],
  ] as const;
  return { figures, problems };
}

/** An image of a disk, on a file system in memory. */
class Disk {
  readonly #below: string;
  readonly #copy: string;
  readonly path: string;
  readonly #close = () => this.close();

  private constructor(folder: string) {
    this.#below = join(folder, "below");
    this.#copy = join(folder, "copy.img");
    this.path = join(folder, "disk");
    process.prependListener("exit", this.#close);
  }

  /** Undefined where this machine or this user may not. */
  static in(folder: string): Disk | undefined {
    const disk = new Disk(folder);
    mkdirSync(disk.#below);
    mkdirSync(disk.path);
    try {
      run("mount", "-t", "tmpfs", "-o", "size=80m", "none", disk.#below);
      run("truncate", "--size", "128M", disk.#image);
      run("mkfs.ext4", "-q", "-F", disk.#image);
      disk.#mount();
      return disk;
    } catch {
      disk.close();
      return undefined;
    }
  }

  get #image(): string {
    return join(this.#below, "disk.img");
  }

  /** As it is in this moment. */
  copy(): void {
    run("cp", "--sparse=always", this.#image, this.#copy);
  }

  /** The copy is mounted, as after a start of the machine. */
  again(): void {
    run("umount", this.path);
    run("cp", "--sparse=always", this.#copy, `${this.#image}.new`);
    renameSync(`${this.#image}.new`, this.#image);
    try {
      run("e2fsck", "-p", this.#image);
    } catch {
      // It has mended something, and says so by its exit code.
    }
    this.#mount();
  }

  close(): void {
    process.off("exit", this.#close);
    for (const path of [this.path, this.#below])
      try {
        run("umount", "--lazy", path);
      } catch {
        // It is not mounted.
      }
  }

  #mount(): void {
    run("mount", "-o", "loop", this.#image, this.path);
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: "pipe" });
}
