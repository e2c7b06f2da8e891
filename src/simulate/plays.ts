/** What can be played with a seed. */
import { EtcdPlay } from "./etcd-play.ts";
import { FolderPlay } from "./folder-play.ts";
import { MessagePlay, messageActs } from "./messages/message-play.ts";
import type { PlayEnd, PlayOptions } from "./play.ts";
import { type Acts, etcdActs, folderActs, type Step } from "./steps/index.ts";

export type PlayName = "folder" | "etcd" | "messages";
export const playNames: readonly PlayName[] = ["folder", "etcd", "messages"];

interface KindOfPlay {
  /** What can be done in it. */
  readonly acts: Pick<Acts<never>, "faultNames" | "historyOf" | "has">;
  play(options: PlayOptions, history: readonly Step[]): Promise<PlayEnd>;
}

export const plays: Readonly<Record<PlayName, KindOfPlay>> = {
  folder: { acts: folderActs, play: (options, history) => new FolderPlay(options).play(history) },
  etcd: { acts: etcdActs, play: (options, history) => new EtcdPlay(options).play(history) },
  messages: { acts: messageActs, play: (options, history) => new MessagePlay(options).play(history) },
};
