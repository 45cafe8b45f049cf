/** Files of a torrent as folders, with what is chosen in each. */
export interface TreeFile {
  readonly index: number;
  readonly path: string;
  readonly sizeBytes: number;
}

export interface TreeNode {
  readonly name: string;
  /** Joined by "/". */
  readonly path: string;
  readonly sizeBytes: number;
  /** Indexes of all files in it, or of the file itself. */
  readonly files: readonly number[];
  /** Empty for a file. */
  readonly children: readonly TreeNode[];
}

interface Folder {
  readonly files: TreeFile[];
  readonly folders: Map<string, Folder>;
}

/** Folders first, each in the order of names. */
export function buildTree(files: readonly TreeFile[]): readonly TreeNode[] {
  const root = makeFolder();
  for (const file of files) {
    let folder = root;
    for (const part of file.path.split("/").slice(0, -1)) {
      const inner = folder.folders.get(part) ?? makeFolder();
      folder.folders.set(part, inner);
      folder = inner;
    }
    folder.files.push(file);
  }
  return toNodes(root, "");
}

function makeFolder(): Folder {
  return { files: [], folders: new Map() };
}

function toNodes({ files, folders }: Folder, prefix: string): readonly TreeNode[] {
  const inner = [...folders].map(([name, folder]) => {
    const children = toNodes(folder, `${prefix}${name}/`);
    const sizeBytes = children.reduce((sum, child) => sum + child.sizeBytes, 0);
    return { name, path: prefix + name, sizeBytes, files: children.flatMap((child) => child.files), children };
  });
  const leaves = files.map(({ index, path, sizeBytes }) => ({
    name: path.slice(path.lastIndexOf("/") + 1),
    path,
    sizeBytes,
    files: [index],
    children: [],
  }));
  const byName = (a: TreeNode, b: TreeNode): number => a.name.localeCompare(b.name, undefined, { numeric: true });
  return [...inner.toSorted(byName), ...leaves.toSorted(byName)];
}

/** By file index: 0 unwanted, 4 normal, 7 first. */
export type Priorities = ReadonlyMap<number, number>;

export const PRIORITY_NORMAL = 4;

/** The priority that all files of a node share; undefined when they differ. */
export function sharedPriority(node: TreeNode, priorities: Priorities): number | undefined {
  const [first, ...others] = node.files.map((file) => priorities.get(file) ?? PRIORITY_NORMAL);
  return others.every((priority) => priority === first) ? first : undefined;
}

export function setPriority(priorities: Priorities, node: TreeNode, priority: number): Priorities {
  return new Map([...priorities, ...node.files.map((file) => [file, priority] as const)]);
}
