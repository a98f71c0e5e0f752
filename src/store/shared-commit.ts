import { connectionOf, type Store, withoutSync } from "./database.ts";
import { holdConnection, statement } from "./statement.ts";

/** So many at most share a commit: a group's first member waits for its last. */
const MOST_IN_GROUP = 64;

interface Member {
  lasting: boolean;
  work: (transaction: Store) => Promise<unknown>;
  resolve: (result: never) => void;
  reject: (reason: unknown) => void;
}

const waiting = new WeakMap<Store, Member[]>();

/**
 * Runs `work` in a transaction as `store.transaction()` does, but whatever is asked for in the same turn of the event
 * loop shares one commit: with full sync, a commit is most of what a short transaction costs. What throws is undone
 * alone. Nobody is answered before the commit, and when that fails, all of the group have failed.
 * @param options.lasting false for what may be done again after a loss of power: a commit of nothing else does not wait
 *   for the disk. The next one that does brings it there too.
 */
export function inSharedCommit<T>(
  store: Store,
  work: (transaction: Store) => Promise<T>,
  { lasting = true } = {},
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const members = waiting.get(store) ?? [];
    if (members.length === 0) setImmediate(() => commitWaiting(store));
    members.push({ lasting, work, resolve, reject });
    waiting.set(store, members);
  });
}

async function commitWaiting(store: Store): Promise<void> {
  const members = waiting.get(store)!;
  const group = members.splice(0, MOST_IN_GROUP);
  if (members.length > 0) setImmediate(() => commitWaiting(store));
  const answers: (() => void)[] = [];
  let cause: unknown;
  try {
    await transactionOf(
      store,
      group,
    )(async (transaction) => {
      holdConnection(transaction, connectionOf(store));
      try {
        for (const member of group) answers.push(await outcomeOf(transaction, member, group.length === 1));
      } catch (error) {
        cause = error;
        throw error;
      }
    });
  } catch (error) {
    // Of a transaction that SQLite has undone, the rollback fails too, which says less.
    for (const { reject } of group) reject(cause ?? error);
    return;
  }
  for (const answer of answers) answer();
}

type Transact = (work: (transaction: Store) => Promise<void>) => Promise<void>;

/** What runs a group's transaction: it waits for the disk when something in it is to last. */
function transactionOf(store: Store, group: readonly Member[]): Transact {
  if (group.some(({ lasting }) => lasting)) return (work) => store.transaction().execute(work);
  return (work) => withoutSync(store, (held) => held.transaction().execute(work));
}

/** Does a member's work; gives what tells it the outcome. @throws when the whole transaction is lost */
async function outcomeOf(transaction: Store, member: Member, alone: boolean): Promise<() => void> {
  // The transaction itself undoes the work of one that is alone.
  if (alone) return answerWith(member, await member.work(transaction));
  await statement(transaction, "savepoint member");
  try {
    const result = await member.work(transaction);
    await statement(transaction, "release member");
    return answerWith(member, result);
  } catch (error) {
    await undo(transaction, error);
    return () => member.reject(error);
  }
}

const answerWith = (member: Member, result: unknown) => () => member.resolve(result as never);

/** @throws the error itself when SQLite has undone the transaction by then, as it does when a disk is full. */
async function undo(transaction: Store, error: unknown): Promise<void> {
  try {
    await statement(transaction, "rollback to member");
    await statement(transaction, "release member");
  } catch {
    throw error;
  }
}
