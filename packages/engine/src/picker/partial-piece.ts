export class PartialPiece {
  readonly piece: number = -1;
}
