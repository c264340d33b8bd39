// Where in an index keys were found, so that whoever comes again for one need not descend to it. Only a hint:
// who uses it looks whether the key is still there.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "common/hashfn.h"
#include "storage/block.h"
#include "storage/off.h"
}

namespace tailor {

/// An entry of a leaf page.
struct Place {
  Oid storage;  // of the index: its file's number, another one after a REINDEX
  BlockNumber block;
  OffsetNumber offset;
};

/// The places of the keys that were looked for last, those of all indexes together, one for each hash. For
/// the life of the session.
class PlaceMemory {
 public:
  static uint64 hash(const char* key, int length, Oid storage) {
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(key), length, storage);
  }

  /// nullptr: nothing is known of the key.
  static const Place* find(uint64 hash, Oid storage) {
    if (slots == nullptr) return nullptr;
    const Slot& slot = slots[hash % kSlots];
    return slot.tag == tag(hash) && slot.place.storage == storage ? &slot.place : nullptr;
  }

  static void keep(uint64 hash, const Place& place) {
    if (slots == nullptr)
      slots = static_cast<Slot*>(MemoryContextAllocZero(TopMemoryContext, kSlots * sizeof(Slot)));
    slots[hash % kSlots] = {place, tag(hash)};
  }

 private:
  struct Slot {
    Place place;
    uint32 tag;  // 0: empty
  };

  static uint32 tag(uint64 hash) { return static_cast<uint32>(hash >> 32) | 1; }

  static constexpr std::size_t kSlots = 1 << 16;  // 1 MiB
  inline static Slot* slots = nullptr;
};

}  // namespace tailor
