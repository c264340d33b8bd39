// The decoding of cells against S2's own.
#include "core/cell_decoding.hpp"

#include <gtest/gtest.h>
#include <s2/s2cell_id.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/geometry.hpp"

namespace tailor {
namespace {

std::int64_t key(S2CellId cell) {
  return static_cast<std::int64_t>(cell.id());
}

void expect_as_s2_does(S2CellId leaf) {
  int i = 0;
  int j = 0;
  const int face = leaf.ToFaceIJOrientation(&i, &j, nullptr);
  const FaceCell found = face_cell(key(leaf));
  ASSERT_EQ(found.face, face) << leaf;
  ASSERT_EQ(found.i, static_cast<std::uint32_t>(i)) << leaf;
  ASSERT_EQ(found.j, static_cast<std::uint32_t>(j)) << leaf;
}

// To the bit: but where the compiler contracts multiplications and additions, which it does not by default on
// x86-64, S2 may have been compiled otherwise.
void expect_same_direction(S2CellId cell, std::int64_t of) {
  const S2Point expected = cell.ToPointRaw();
  const S2Point found = cell_direction(of, cell.level());
  for (int axis = 0; axis < 3; ++axis) {
#ifdef __FP_FAST_FMA
    ASSERT_NEAR(found[axis], expected[axis], 1e-15) << cell;
#else
    ASSERT_EQ(found[axis], expected[axis]) << cell;
#endif
  }
}

std::vector<S2CellId> random_leaves(int count) {
  std::mt19937_64 random{20261125};
  std::vector<S2CellId> leaves;
  for (int n = 0; n < count; ++n)
    leaves.push_back(S2CellId::FromFacePosLevel(n % S2CellId::kNumFaces, random() >> 3, S2CellId::kMaxLevel));
  return leaves;
}

TEST(CellDecoding, LeavesAreWhereS2HasThem) {
  for (const S2CellId leaf : random_leaves(1'000'000)) {
    ASSERT_NO_FATAL_FAILURE(expect_as_s2_does(leaf));
    ASSERT_NO_FATAL_FAILURE(expect_same_direction(leaf, key(leaf)));
  }
}

TEST(CellDecoding, ParentsAreWhereS2HasThem) {
  for (const S2CellId leaf : random_leaves(50'000))
    for (int level = 0; level < S2CellId::kMaxLevel; ++level)
      ASSERT_NO_FATAL_FAILURE(expect_same_direction(leaf.parent(level), key(leaf)));
}

// The first and last cells of all faces, and what has i or j at its least, greatest or in the middle.
TEST(CellDecoding, CornersAndMiddlesToo) {
  constexpr int kEnd = S2CellId::kMaxSize;
  const std::vector<int> edges{0, 1, kEnd / 2 - 1, kEnd / 2, kEnd - 2, kEnd - 1};
  for (int face = 0; face < S2CellId::kNumFaces; ++face) {
    std::vector<S2CellId> leaves{S2CellId::FromFace(face).range_min(), S2CellId::FromFace(face).range_max()};
    for (const int i : edges)
      for (const int j : edges) leaves.push_back(S2CellId::FromFaceIJ(face, i, j));
    for (const S2CellId leaf : leaves) {
      ASSERT_NO_FATAL_FAILURE(expect_as_s2_does(leaf));
      for (int level = 0; level <= S2CellId::kMaxLevel; ++level)
        ASSERT_NO_FATAL_FAILURE(expect_same_direction(leaf.parent(level), key(leaf)));
    }
  }
}

// Chords are decoded on vectors where several cells in a row are on one face.
void expect_chords_of_each(const std::vector<std::int64_t>& cells) {
  const Position centre = point_position(12.9716, 77.5946);
  std::vector<double> squared(cells.size());
  squared_chords(centre, cells, squared.data());
  for (std::size_t n = 0; n < cells.size(); ++n) {
    const double expected = squared_chord(centre, cell_position(cells[n]));
#ifdef __FP_FAST_FMA
    ASSERT_NEAR(squared[n], expected, 1e-12 * expected) << n;
#else
    ASSERT_EQ(squared[n], expected) << n;
#endif
  }
}

TEST(CellDecoding, ChordsOfARunAreThoseOfItsCells) {
  std::vector<std::int64_t> cells;
  for (const S2CellId leaf : random_leaves(100'000)) cells.push_back(key(leaf));
  ASSERT_NO_FATAL_FAILURE(expect_chords_of_each(cells));  // none is on the face of the one before
  std::ranges::sort(cells);
  ASSERT_NO_FATAL_FAILURE(expect_chords_of_each(cells));
  for (std::size_t count = 0; count < 20; ++count)
    ASSERT_NO_FATAL_FAILURE(expect_chords_of_each({cells.begin(), cells.begin() + static_cast<long>(count)}));
}

}  // namespace
}  // namespace tailor
