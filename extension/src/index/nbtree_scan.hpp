// Scans a B-tree by reading its pages: faster than am_scan.cpp, on the releases whose page format is known.
#pragma once

#include "src/index/scan.hpp"

namespace tailor {

IndexScan* open_nbtree_scan(const ScanTarget& target);

}  // namespace tailor
