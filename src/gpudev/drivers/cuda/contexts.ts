import type { CudaHandle, CudaNative } from './native.js';

/** What of the shim makes and ends contexts. */
export type ContextCalls = Pick<CudaNative, 'contextCreate' | 'contextDestroy'>;

/**
 * The contexts of this process that no open GPU has. One takes half a second and more to make, and
 * nearly as long to destroy (`bench methods` prints both: "device, open", "device, close"). So while
 * somebody holds them a GPU that closes well leaves its own here, empty, and the next opening of the
 * same GPU takes it.
 */
export class Contexts {
  private readonly idle: { readonly index: number; readonly context: CudaHandle }[] = [];
  private holders = 0;

  constructor(private readonly native: ContextCalls) {}

  /** One for GPU `index`: an idle one, else a new one. @throws what `contextCreate` throws. */
  take(index: number): CudaHandle {
    const at = this.idle.findIndex((each) => each.index === index);
    if (at < 0) return this.native.contextCreate(index);
    return this.idle.splice(at, 1)[0].context;
  }

  /**
   * Takes one back. `empty` gives back all that is in it and says whether that went well; it is
   * asked only where that decides whether the context is kept.
   */
  leave(index: number, context: CudaHandle, empty: () => boolean): void {
    if (this.holders > 0 && empty()) this.idle.push({ index, context });
    else this.native.contextDestroy(context);
  }

  /** Destroys the idle ones of a GPU that was lost: to this process it is lost in each of them. */
  forget(index: number): void {
    this.destroy((each) => each.index === index);
  }

  /** Keeps contexts until what it returns is called. */
  hold(): () => void {
    let held = true;
    this.holders++;
    return () => {
      if (!held) return;
      held = false;
      if (--this.holders === 0) this.destroy(() => true);
    };
  }

  private destroy(which: (each: { readonly index: number }) => boolean): void {
    for (const each of this.idle.filter(which)) {
      this.native.contextDestroy(each.context);
      this.idle.splice(this.idle.indexOf(each), 1);
    }
  }
}
