import { FileStore } from './file-store.ts'
import { LocalLog, type LocalLogOptions } from './local-log.ts'

/** Logs in a directory (`log: {directory}`), to try Evenkeel without Kafka. One process at a time. */
export class FileLog extends LocalLog<FileStore> {
  static async open(directory: string, options: LocalLogOptions = {}): Promise<FileLog> {
    return new FileLog(await FileStore.open(directory), options)
  }
}
