#include "covering.hpp"

#include <s2/s2cap.h>
#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>
#include <s2/s2metrics.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "core/cell_decoding.hpp"

namespace tailor {
namespace {

// A range costs a descent into the index; a bridged gap costs reading the entries in it.
constexpr std::size_t kMostRanges = 6;
// The smallest cells' size as a fraction of the radius: smaller cells follow the circle's edge more closely.
constexpr double kSmallestDiagonal = 0.4;

// A cell reached by descending from its face, which saves decoding it.
struct CurveCell {
  S2CellId id;
  FaceCell at;  // among those of its level
  int level;
  std::uint32_t swapped, reversed;  // how the curve lies in it: 0 or 1 each

  static CurveCell of(S2CellId id) {
    const int face = id.face();
    CurveCell cell{S2CellId::FromFace(face), {face, 0, 0}, 0, static_cast<std::uint32_t>(face & 1), 0};
    for (int level = 1; level <= id.level(); ++level) cell = cell.child(id.child_position(level));
    return cell;
  }

  // As face_cell() says.
  CurveCell child(int digit) const {
    const auto high = static_cast<std::uint32_t>(digit >> 1), low = static_cast<std::uint32_t>(digit & 1);
    const std::uint32_t i = high ^ (swapped & low) ^ reversed;
    return {id.child(digit),
            {at.face, 2 * at.i + i, 2 * at.j + (i ^ low)},
            level + 1,
            swapped ^ high ^ low ^ 1,
            reversed ^ (high & low)};
  }
};

// Of cells whose centres are so far from a circle's, which of them are within it, and which without: squared
// chords, by the cells' level. Chords are no longer than the angles that they belong to.
struct Reaches {
  std::array<double, S2CellId::kMaxLevel + 1> within, without;

  explicit Reaches(double angle) {
    static const auto radii = [] {
      std::array<double, S2CellId::kMaxLevel + 1> made{};
      for (int level = 0; level <= S2CellId::kMaxLevel; ++level) made[level] = cell_radius(level);
      return made;
    }();
    const double chord = 2 * std::sin(std::min(angle, M_PI) / 2);
    for (int level = 0; level <= S2CellId::kMaxLevel; ++level) {
      const double inner = std::max(0.0, chord - radii[level]), outer = angle + radii[level];
      within[level] = inner * inner;
      without[level] = outer * outer;
    }
  }
};

// The four children of a cell, by their places on its face.
struct Children {
  double squared_chords[4];  // from a point in the face's axes to their centres

  Children(const S2Point& point, const FaceCell& parent, int level) {
    const double u0 = axis_centre(2 * parent.i, level), u1 = axis_centre(2 * parent.i + 1, level);
    const double v0 = axis_centre(2 * parent.j, level), v1 = axis_centre(2 * parent.j + 1, level);
    const double u[] = {u0, u0, u1, u1}, v[] = {v0, v1, v0, v1};
#pragma omp simd
    for (int n = 0; n < 4; ++n) {
      const double scale = 1 / std::sqrt(1 + u[n] * u[n] + v[n] * v[n]);
      const double x = u[n] * scale - point.x(), y = v[n] * scale - point.y(), z = scale - point.z();
      squared_chords[n] = x * x + y * y + z * z;
    }
  }
};

// Neighbours along the curve become one range: leaf cells are odd numbers. Not over the sign, where the
// order turns.
void add_cell(std::vector<CellRange>& ranges, S2CellId cell) {
  const CellRange range{static_cast<std::int64_t>(cell.range_min().id()),
                        static_cast<std::int64_t>(cell.range_max().id())};
  if (!ranges.empty() && ranges.back().last + 2 == range.first &&
      (ranges.back().last < 0) == (range.first < 0))
    ranges.back().last = range.last;
  else
    ranges.push_back(range);
}

// Descends the cells in curve order, down to cells within the circle or of the smallest size.
class Cells {
 public:
  explicit Cells(const S2Cap& cap)
      : reaches_(cap.GetRadius().radians()),
        last_level_(S2::kMaxDiag.GetLevelForMaxValue(kSmallestDiagonal * cap.GetRadius().radians())) {
    std::vector<S2CellId> roots;
    cap.GetCellUnionBound(&roots);
    std::sort(roots.begin(), roots.end());
    for (const S2CellId root : roots) {
      centre_ = S2::FaceXYZtoUVW(root.face(), cap.center());
      take_apart(CurveCell::of(root));
    }
  }

  std::vector<CellRange> ranges;

 private:
  void take_apart(const CurveCell& cell) {
    const int level = cell.level + 1;
    const Children children(centre_, cell.at, level);
    for (int digit = 0; digit < 4; ++digit) {
      const CurveCell child = cell.child(digit);
      const double squared_chord = children.squared_chords[2 * (child.at.i & 1) + (child.at.j & 1)];
      if (squared_chord > reaches_.without[level]) continue;
      if (level >= last_level_ || squared_chord < reaches_.within[level])
        add_cell(ranges, child.id);
      else
        take_apart(child);
    }
  }

  const Reaches reaches_;
  S2Point centre_;  // in the axes of the root's face
  const int last_level_;
};

// The leaf cells between two consecutive ranges; across the sign change more than can be bridged.
std::uint64_t gap_behind(const CellRange& range, const CellRange& next) {
  if ((range.last < 0) != (next.first < 0)) return UINT64_MAX;
  return static_cast<std::uint64_t>(next.first) - static_cast<std::uint64_t>(range.last);
}

// Bridges the smallest gaps until few ranges are left.
void bridge_gaps(std::vector<CellRange>& ranges) {
  if (ranges.size() <= kMostRanges) return;
  std::vector<std::uint64_t> gaps;
  for (std::size_t i = 1; i < ranges.size(); ++i) gaps.push_back(gap_behind(ranges[i - 1], ranges[i]));
  const auto widest_bridged = gaps.begin() + kMostRanges - 1;
  std::nth_element(gaps.begin(), widest_bridged, gaps.end(), std::greater<>());
  std::size_t last = 0;
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (gap_behind(ranges[last], ranges[i]) <= *widest_bridged)
      ranges[last].last = ranges[i].last;
    else
      ranges[++last] = ranges[i];
  }
  ranges.resize(last + 1);
}

void put_first(std::vector<CellRange>& ranges, std::int64_t home) {
  const auto holds_home = [home](const CellRange& r) { return r.first <= home && home <= r.last; };
  const auto nearest = std::find_if(ranges.begin(), ranges.end(), holds_home);
  if (nearest != ranges.end()) std::rotate(ranges.begin(), nearest, nearest + 1);
}

}  // namespace

std::vector<CellRange> circle_covering(double lat, double lng, double metres) {
  const S2Point centre = S2LatLng::FromDegrees(lat, lng).ToPoint();
  std::vector<CellRange> ranges = Cells(S2Cap(centre, S1Angle::Radians(cap_angle(metres)))).ranges;
  bridge_gaps(ranges);
  put_first(ranges, static_cast<std::int64_t>(S2CellId(centre).id()));
  return ranges;
}

std::vector<CellRange> few_ranges(const std::vector<S2CellId>& cells, std::int64_t home) {
  std::vector<CellRange> ranges;
  for (const S2CellId cell : cells) add_cell(ranges, cell);
  bridge_gaps(ranges);
  put_first(ranges, home);
  return ranges;
}

}  // namespace tailor
