# Stands in for Vagrant: evaluates a Vagrantfile and prints its machines and their settings as JSON.
require 'json'

class Recorder
  attr_reader :said

  def initialize = @said = {}

  def method_missing(name, *arguments, **options, &block)
    return @said[name.to_s.chomp('=')] = arguments.first if name.end_with?('=')
    return (@said[name] ||= Recorder.new) if arguments.empty? && options.empty? && block.nil?

    inner = Recorder.new
    block&.call(inner)
    ((@said["#{name}s"] ||= {})[arguments.first] = options.merge(inner.said))
  end

  def respond_to_missing?(*) = true
  def to_json(*) = @said.to_json
end

module Vagrant
  def self.configure(_version)
    config = Recorder.new
    yield config
    puts JSON.generate(config)
  end
end

load ARGV.fetch(0)
