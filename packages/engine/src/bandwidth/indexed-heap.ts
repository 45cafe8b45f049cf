/** A binary heap whose items know their place, so that any of them can be moved or taken out in O(log n). */

export interface HeapItem {
  /** Smallest first. Change it only through the heap while the item is in one. */
  key: number;
  /** -1 while in no heap. Written by the heap alone. */
  heapIndex: number;
}

export class IndexedHeap<T extends HeapItem> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The item of the smallest key. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    item.heapIndex = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  remove(item: T): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) {
      item.heapIndex = -1;
      return;
    }
    this.#place(last, item.heapIndex);
    item.heapIndex = -1;
    this.#rise(last);
    this.#sink(last);
  }

  rekey(item: T, key: number): void {
    item.key = key;
    this.#rise(item);
    this.#sink(item);
  }

  #rise(item: T): void {
    while (item.heapIndex > 0) {
      const parentIndex = (item.heapIndex - 1) >> 1;
      const parent = this.#items[parentIndex];
      if (parent === undefined || parent.key <= item.key) return;
      this.#place(parent, item.heapIndex);
      this.#place(item, parentIndex);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1];
      const right = this.#items[2 * item.heapIndex + 2];
      const child = right !== undefined && left !== undefined && right.key < left.key ? right : left;
      if (child === undefined || child.key >= item.key) return;
      const index = child.heapIndex;
      this.#place(child, item.heapIndex);
      this.#place(item, index);
    }
  }

  #place(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
