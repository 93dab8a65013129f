// The links of a keeper: it calls its next neighbour and is called by its previous one, over
// TLS 1.3 with both sides authenticated by the Ed25519 link keys on the cards. Certificates are
// self-signed envelopes of those keys; nothing in them but the key counts. No certificate
// authority, no names, no session tickets.
//
// The pair secret of two neighbours is exported from each TLS connection (RFC 8446 section 7.5,
// label "EXPORTER-lightkeeper-pair-v1"): fresh with every connection, known to its two ends only,
// never sent. A broken or silent connection is closed and made again with growing pauses.
#pragma once

#include <functional>
#include <memory>

#include "core/match/manifest.hpp"
#include "keeper/frame.hpp"
#include "keeper/process/query_board.hpp"

namespace lightkeeper::keeper {

class PeerLinks {
 public:
  struct Options {
    std::string listen;  // host:port for the previous neighbour's calls
    std::string next;    // host:port of the next neighbour
    crypto::VerifyingKey previous_key;
    crypto::VerifyingKey next_key;
    std::size_t frame_limit = 0;
  };
  /// Called on the link thread: must not block for long.
  struct Events {
    /// The first frame of a connection; an error closes it.
    std::function<Status(Neighbour, const Hello&)> hello;
    std::function<void(Neighbour, ConnectionNumber, SecretBytes pair_secret)> up;
    std::function<void(Neighbour, ConnectionNumber)> down;
    std::function<void(Neighbour, ConnectionNumber, Frame)> frame;  // session and abort frames
  };
  struct Counters {
    std::uint64_t sent_bytes = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t connections = 0;  // made so far, both links
    std::uint64_t refused = 0;  // ended by an error: a wrong key, a wrong hello, a malformed frame
  };

  PeerLinks(Options options, const crypto::SigningKey& link_key, Hello hello, Events events);
  PeerLinks(const PeerLinks&) = delete;
  PeerLinks& operator=(const PeerLinks&) = delete;
  ~PeerLinks();
  /// Binds and starts the link thread. `bad_argument`, `bad_key`, `io_failed`.
  [[nodiscard]] Status start();
  /// Closes both links and ends the thread.
  void stop();
  /// Queues a frame; from any thread. Dropped if that connection is gone, whose end is reported by
  /// `down`.
  void send(Neighbour to, ConnectionNumber connection, const Frame& frame);
  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lightkeeper::keeper
