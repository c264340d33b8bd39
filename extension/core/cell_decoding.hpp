// Where a cell of S2's is: the numbers of S2CellId::ToPointRaw(), to the bit, without its eight look-ups of
// which each waits for the one before. So the cells of a page are decoded at once, as the processor can
// overlap them.
//
// A cell's number is its face, then a digit a level for which of four children it is in, in the order of the
// curve. The curve is turned in each of them: its axes are swapped below digits 0 and 3, and reversed below
// digit 3. To swap or reverse twice is to do neither, in whatever order: so how the curve lies at a digit is
// the exclusive or of all digits above, and that of all digits is found in five steps.
#pragma once

#include <s2/s2cell_id.h>
#include <s2/s2coords.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace tailor {

/// A leaf cell among the 2^30 by 2^30 of its face; of a larger one what is said where.
struct FaceCell {
  int face;
  std::uint32_t i, j;
};

namespace decoding {

// The lower of the two bits of each digit.
inline constexpr std::uint64_t kLow = 0x5555555555555555;
inline constexpr int kPositionBits = 60;

// Every second bit, from the lowest on, moved together.
[[gnu::always_inline]] inline std::uint32_t even_bits(std::uint64_t bits) {
  bits &= kLow;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return static_cast<std::uint32_t>(bits | bits >> 16);
}

// S2::STtoUV() without its branch. Its halves mirror each other, and so do their roundings.
[[gnu::always_inline]] inline double projected(std::uint32_t unsigned_si) {
  const auto si = static_cast<std::int32_t>(unsigned_si);  // at most 2^31 - 1, and simpler to convert
  const double s = si * (1.0 / S2::kMaxSiTi);
  const double mirrored = 1 - s;
  const double outward = s > mirrored ? s : mirrored;
  return std::copysign((1 / 3.) * (4 * outward * outward - 1), s - 0.5);
}

}  // namespace decoding

[[gnu::always_inline]] inline FaceCell face_cell(std::int64_t cell) {
  using decoding::kLow;
  constexpr std::uint64_t kDigits = (std::uint64_t{1} << decoding::kPositionBits) - 1;
  const auto id = static_cast<std::uint64_t>(cell);
  const std::uint64_t face = id >> (decoding::kPositionBits + 1);
  const std::uint64_t low = id >> 1 & kLow & kDigits;
  const std::uint64_t high = id >> 2 & kLow & kDigits;
  // Swaps in the lower bit of a digit, reversals in the upper one. The axes of odd faces are swapped at
  // first.
  std::uint64_t turns = (~(high ^ low) & kLow & kDigits) | (high & low) << 1;
  turns |= (face & 1) << decoding::kPositionBits;
  turns ^= turns >> 2;  // in steps, as a loop in a loop would not be done on vectors
  turns ^= turns >> 4;
  turns ^= turns >> 8;
  turns ^= turns >> 16;
  turns ^= turns >> 32;
  turns >>= 2;  // by the digits above
  const std::uint64_t i = high ^ (turns & low) ^ turns >> 1;
  return {static_cast<int>(face), decoding::even_bits(i), decoding::even_bits(i ^ low)};
}

/// A direction, of no certain length.
struct Direction {
  double x, y, z;
};

/// That to the centre of a leaf cell of a face: S2::FaceUVtoXYZ() of it.
template <int kFace>
[[gnu::always_inline]] inline Direction leaf_direction(std::int64_t cell) {
  const FaceCell at = face_cell(cell);
  const double u = decoding::projected(2 * at.i + 1);
  const double v = decoding::projected(2 * at.j + 1);
  if constexpr (kFace == 0) return {1, u, v};
  if constexpr (kFace == 1) return {-u, 1, v};
  if constexpr (kFace == 2) return {-u, -v, 1};
  if constexpr (kFace == 3) return {-1, -v, -u};
  if constexpr (kFace == 4) return {v, -1, -u};
  return {v, u, -1};
}

/// The face of a number; of one that is no cell the last, as for S2.
inline int face_of(std::int64_t cell) {
  return std::min(S2CellId::kNumFaces - 1, static_cast<int>(static_cast<std::uint64_t>(cell) >> 61));
}

namespace decoding {

template <typename Work, int... kEach>
[[gnu::always_inline]] inline void on_one_face(int face, const Work& work, std::size_t first,
                                               std::size_t count, std::integer_sequence<int, kEach...>) {
  ((face == kEach ? work(std::integral_constant<int, kEach>(), first, count) : void()), ...);
}

}  // namespace decoding

/// Calls work(face, first, count) for each run of leaf cells on one face, which is a type, so that the run is
/// decoded on vectors. `work` must be inlined always.
template <typename Work>
[[gnu::always_inline]] inline void each_run_on_a_face(std::span<const std::int64_t> cells, const Work& work) {
  for (std::size_t first = 0, next = 0; first < cells.size(); first = next) {
    const int face = face_of(cells[first]);
    while (next < cells.size() && face_of(cells[next]) == face) ++next;
    decoding::on_one_face(face, work, first, next - first,
                          std::make_integer_sequence<int, S2CellId::kNumFaces>());
  }
}

// A function of this kind is compiled twice, for vectors of four numbers where the processor has them, and of
// two. Both round alike.
#if defined(__x86_64__) && defined(__GLIBC__)
#define TAILOR_BY_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define TAILOR_BY_PROCESSOR
#endif

/// The centre, along one axis of the face, of a cell among the 2^level by 2^level of it: u by i, v by j.
[[gnu::always_inline]] inline double axis_centre(std::uint32_t place, int level) {
  // Centres lie between leaf cells or on one, so they are expressed in halves of them.
  return decoding::projected((2 * place + 1) << (S2::kMaxCellLevel - level));
}

/// The direction to the centre of the cell of this level that holds a cell.
[[gnu::always_inline]] inline S2Point cell_direction(std::int64_t cell, int level) {
  const FaceCell leaf = face_cell(cell);
  const int below = S2::kMaxCellLevel - level;
  return S2::FaceUVtoXYZ(leaf.face, axis_centre(leaf.i >> below, level), axis_centre(leaf.j >> below, level));
}

}  // namespace tailor
