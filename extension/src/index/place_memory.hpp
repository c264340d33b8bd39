// Where in an index keys were found, so that the next search for a key need not descend to it. The places are
// hints: they are copied out, hold no pointer, and each use verifies that the key is still there.
#pragma once

#include "src/index/session_table.hpp"
#include "src/postgres.hpp"
#include "src/session_limits.hpp"

extern "C" {
#include "common/hashfn.h"
#include "storage/block.h"
#include "storage/buf.h"
#include "storage/off.h"
}

namespace tailor {

/// An entry of a leaf page, and the buffer that held the page.
struct Place {
  BlockNumber block;
  Buffer buffer;
  OffsetNumber offset;
  uint16 byte;  // of the page, where the entry's bytes begin
};

/// The places of the keys that were sought last, of all indexes together, one for each hash. Kept for the
/// session.
class PlaceMemory {
 public:
  /// The hash of a key in an index, which is named by the number of its file: a REINDEX changes it.
  static uint64 hash(const char* key, int length, Oid storage) {
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(key), length, storage);
  }

  /// Probably the key's place; one with an invalid buffer where none is remembered.
  static Place find(uint64 hash) {
    const Slot& slot = slots.at(hash);
    return slot.tag == tag(hash) ? slot.place : Place{InvalidBlockNumber, InvalidBuffer, 0, 0};
  }

  static void prefetch(uint64 hash) { __builtin_prefetch(&slots.at(hash)); }

  static void keep(uint64 hash, const Place& place) { slots.at(hash) = {place, tag(hash)}; }

 private:
  struct Slot {
    Place place;
    uint32 tag;  // 0: empty
  };

  static uint32 tag(uint64 hash) { return static_cast<uint32>(hash >> 32) | 1; }

  inline static SessionTable<Slot, kRememberedPlaces> slots;
};

}  // namespace tailor
